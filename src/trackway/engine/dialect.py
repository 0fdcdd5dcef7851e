"""Spark's dialect of Ibis: what Ibis 12 gets wrong or slow on Spark 4, mended here alone.

Each mend is held by a line of `tests/test_spark.py`; an Ibis that needs one no longer lets it go.
"""

from typing import Self

import ibis.expr.datatypes as dt
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyspark.sql.types as pt
import sqlglot.expressions as sge
from ibis.backends import pyspark
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import PySparkType
from ibis.formats.pandas import PandasData
from ibis.util import gen_name
from pyspark.sql import DataFrame, SparkSession

from trackway.engine.hexadecimal import is_hexadecimal

_SQL = sge.DataType.Type


class Types(PySparkType):
    """A time with a zone is Spark's TIMESTAMP, one without is TIMESTAMP_NTZ; Ibis mixes them."""

    @classmethod
    def _from_ibis_Timestamp(cls, dtype: dt.Timestamp) -> sge.DataType:
        return sge.DataType(this=_SQL.TIMESTAMPLTZ if dtype.timezone else _SQL.TIMESTAMPNTZ)


class Compiler(PySparkCompiler):
    """SQL for Spark 4."""

    __slots__ = ()
    type_mapper = Types

    def visit_TimestampFromUNIX(self, op, *, arg, unit):
        name = {"s": "timestamp_seconds", "ms": "timestamp_millis", "us": "timestamp_micros"}
        return self.f.anon[name[unit.short]](arg)

    def visit_Hash(self, op, *, arg):
        return self.f.anon.xxhash64(arg)  # Ibis's has 32 bits, which soon meet again

    def visit_Cast(self, op, *, arg, to):
        if is_hexadecimal(op):
            arg = self.f.anon.conv(self.f.anon.substring(arg, 3), 16, 10)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_StringSplit(self, op, *, arg, delimiter):
        # Spark takes it for a regular expression, in which a dot is any letter.
        return self.f.anon.split(arg, self.f.concat(r"\Q", delimiter, r"\E"))

    def visit_Strip(self, op, *, arg):
        # Of \v and \f, which are no escapes in Spark, Ibis's own trim takes the letters away.
        blank = self.f.concat(
            sge.convert(" \t\n\r"), *(self.f.anon.char(code) for code in (11, 12))
        )
        return self.f.trim(arg, blank)


class Backend(pyspark.Backend):
    """Ibis's own, with rows handed over as Arrow in both directions, so that types stay."""

    compiler = Compiler()

    @classmethod
    def of(cls, session: SparkSession) -> Self:
        """The backend of a running session."""
        cls.register_options()
        backend = cls()
        backend.do_connect(session)
        return backend

    @property
    def session(self) -> SparkSession:
        """The session, for what Ibis has no word for."""
        return self._session

    def frame(self, table: ir.Table) -> DataFrame:
        """Spark's own lazy table for `table`, with the types that Ibis says it has."""
        self._run_pre_execute_hooks(table)
        rows = self._session.sql(self.compile(table))
        # Spark numbers rows in 32 bits; Ibis takes it for 64 and leaves a cast to them out.
        types = {name: Types.to_string(dtype) for name, dtype in table.schema().items()}
        return rows.select(*(rows[name].cast(kind).alias(name) for name, kind in types.items()))

    def view(self, rows: DataFrame) -> ir.Table:
        """Ibis's lazy table for `rows`."""
        name = gen_name("trackway")
        rows.createOrReplaceTempView(name)
        return self.table(name)

    def get_schema(self, table_name: str, **where) -> sch.Schema:
        known = super().get_schema(table_name, **where)
        zoned = {
            field.name: dt.Timestamp("UTC", 6)
            for field in self._session.table(table_name).schema
            if isinstance(field.dataType, pt.TimestampType)
        }
        return sch.Schema({**known, **zoned})

    def _register_in_memory_table(self, op) -> None:
        rows = op.data.to_pyarrow(op.schema)
        self._session.createDataFrame(rows).createOrReplaceTempView(op.name)

    def to_pyarrow(self, expr, /, *, params=None, limit=None, **more) -> pa.Table:
        self._run_pre_execute_hooks(expr)
        asked = expr.as_table()
        query = self.compile(asked, params=params, limit=limit, **more)
        rows = self._session.sql(query).toArrow().cast(asked.schema().to_pyarrow())
        return expr.__pyarrow_result__(rows)

    def execute(self, expr, /, **more) -> pd.DataFrame | pd.Series | object:
        asked = expr.as_table()
        rows = self.to_pyarrow(asked, **more)
        columns = {
            name: column.to_pylist() if column.null_count else column.to_pandas()
            for name, column in zip(rows.column_names, rows.columns, strict=True)
        }
        frame = PandasData.convert_table(pd.DataFrame(columns), asked.schema())
        return expr.__pandas_result__(frame)
