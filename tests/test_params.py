"""params.yaml is used as it is written, or refused with every fault in it."""

import pytest
import yaml

from trackway import ROOT, params
from trackway.core.errors import InputError

GOOD = yaml.safe_load((ROOT / "params.yaml").read_text())


def changed(tmp_path, **sections):
    """The project's parameters with some values replaced; `...` removes a name."""
    content = yaml.safe_load(yaml.safe_dump(GOOD))
    for section, values in sections.items():
        content[section] |= values
        content[section] = {k: v for k, v in content[section].items() if v is not ...}
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_projects_own_parameters_are_read(tmp_path):
    assert params.read(changed(tmp_path)).model_dump()["shared"] == GOOD["shared"]


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("engine", {"master": "spark://host:7077"}, "are Spark's; name is duckdb"),
        ("engine", {"tables": "s3a://bucket/shop"}, "DuckDB keeps tables in a folder"),
        ("engine", {"name": "warehouse"}, "name it in tables"),
        ("engine", {"name": "spark", "partition": "day"}, "need a place of their own"),
        ("sampling", {"usres": 0.5}, "sampling.usres: no such parameter .*set to 0.5"),
        ("sampling", {"users": ...}, "sampling.users: is missing"),
        ("sampling", {"users": 0}, "sampling.users: .*greater than 0, got 0"),
        ("sampling", {"users": 1.5}, "sampling.users: .*less than or equal to 1, got 1.5"),
        ("sampling", {"users": "many"}, "sampling.users: .*got 'many'"),
        ("sampling", {"gap": "30"}, "sampling.gap: .*got '30'"),
        ("sampling", {"gap": "30 minits"}, "such as 30min is meant, got '30 minits'"),
        ("shared", {"timezone": "Mars/Base"}, "no time zone is called 'Mars/Base'"),
        ("sampling", {"raw": 7}, "sampling.raw"),
        ("sampling", {"mapping": "otta"}, "sampling.mapping: .*there are baskets.* got 'otta'"),
        ("sampling", {"mapping": {"name": "otto", "unit": "s"}}, "mapping.unit: no such parameter"),
        (
            "sampling",
            {"mapping": {"parts": [{"files": "*"}]}},
            "sampling.mapping.columns: is missi",
        ),
        ("sampling", {"fill": {"brand": ["guess"], "category": []}}, "sampling.fill.brand.0"),
        ("rfm", {"k": 1}, "rfm.k: .*greater than or equal to 2, got 1"),
        ("rfm", {"as_of": "soon"}, "rfm.as_of: .*got 'soon'"),
        ("engine", {"memory": "lots"}, "engine.memory: .*got 'lots'"),
        ("shared", {"split": {"train": 0.9, "validation": 0.2}}, "leave nothing to test on"),
        ("shared", {"seed": True}, "shared.seed"),
    ],
)
def test_a_fault_is_named_with_its_place_and_value(tmp_path, section, values, message):
    with pytest.raises(InputError, match=message):
        params.read(changed(tmp_path, **{section: values}))


def test_a_mapping_may_be_a_name_changed_in_part_or_several_shapes(tmp_path):
    read = [
        params.read(changed(tmp_path, sampling={"mapping": mapping})).sampling.mapping
        for mapping in [
            "online_retail",
            {"name": "online_retail", "time_formats": ["%d.%m.%Y"], "columns": {"price": "Preis"}},
            {"name": "yoochoose", "timezone": "Europe/Berlin"},
        ]
    ]
    assert read[0].columns.price == "UnitPrice"
    assert (read[1].columns.price, read[1].columns.order_id) == ("Preis", "InvoiceNo")
    assert read[1].time_formats == ["%d.%m.%Y"]
    assert [shape.event_type for shape in read[2].shapes] == ["view", "purchase"]
    assert [shape.timezone for shape in read[2].shapes] == ["Europe/Berlin"] * 2


def test_all_faults_are_named_at_once(tmp_path):
    file = changed(tmp_path, sampling={"users": 2}, rfm={"k": 1})
    with pytest.raises(InputError, match=r"(?s)sampling\.users.*rfm\.k"):
        params.read(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "not readable as YAML"),
        ("", "not sections"),
        ("- 1", "not sections"),
    ],
)
def test_what_is_no_parameter_file_is_refused(tmp_path, text, message):
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        params.read(file)


def test_a_missing_file_says_how_to_get_it_back(tmp_path):
    with pytest.raises(InputError, match="git checkout params.yaml"):
        params.read(tmp_path / "params.yaml")
