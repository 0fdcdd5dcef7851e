"""The SQL by hand for features of sessions, plain and as `trackway.intent` has them."""

from benchmarks.tasks import Inputs
from trackway.params import section

EARLIER = "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING"
SO_FAR = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
DAYS_BEFORE = "ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
UNDECIDED = "first_purchase_at IS NULL OR event_time < first_purchase_at"


def plain(inputs: Inputs) -> str:
    """Per session, strictly before its first purchase: what most recipes have."""
    return f"""
        WITH {_sessions(inputs)},
        told AS (
            SELECT session_id, max(event_time) AS scored_at, count(*) AS n_seen,
                count(*) FILTER (event_type = 'view') AS view_count,
                count(*) FILTER (event_type = 'cart') AS cart_count,
                epoch(max(event_time)) - epoch(min(event_time)) AS session_duration_s,
                sum(price)::DOUBLE / nullif(count(*) FILTER (price <> 0), 0) AS avg_price,
                nullif(max(price), 0)::DOUBLE AS max_price,
                count(DISTINCT product_id) AS unique_items
            FROM '{inputs.events}' JOIN asked USING (session_id) WHERE {UNDECIDED}
            GROUP BY session_id)
        SELECT told.*, {_OF_SESSION} FROM told {_JOINED}
    """


def before_first_purchase(inputs: Inputs) -> str:
    """Per session, strictly before its first purchase: all features of `trackway.intent`.

    Nothing is counted per event: what a session's last event knows is what the session adds up to.
    """
    return f"""
        WITH {_sessions(inputs)}, {_rates(inputs)}, {_MET.format(events=inputs.events)},
        seen AS (
            SELECT e.*, category_id <> lag(category_id) OVER visit AS other_category,
                lag(event_time) OVER visit AS before
            FROM (
                SELECT session_id, event_id, event_time, event_type, product_id, category_id, price
                FROM '{inputs.events}' JOIN asked USING (session_id) WHERE {UNDECIDED}) e
            WINDOW visit AS (PARTITION BY session_id ORDER BY event_id)),
        items AS (
            SELECT session_id, product_id, max(event_id) AS last, {_KINDS},
                min(event_time) AS begun, max(event_time) AS ended_at, count(*) AS n,
                arg_min(event_type = 'view', event_id) AS first_is_view,
                count(*) FILTER (other_category) AS category_changes, max(before) AS before,
                sum(price) AS worth, count(*) FILTER (price <> 0) AS priced,
                max(price) AS dearest, arg_max(price, event_id) AS price,
                arg_max(category_id, event_id) AS category_id
            FROM seen GROUP BY ALL),
        told AS (
            SELECT session_id, max(ended_at) AS scored_at, sum(n)::BIGINT AS n_seen,
                {", ".join(f"sum({name})::BIGINT AS {name}" for name in _COUNTS)},
                epoch(max(ended_at)) - epoch(min(begun)) AS session_duration_s,
                epoch(max(ended_at)) - epoch(max(before)) AS last_pause_s,
                count(*) AS unique_items, sum(category_changes)::BIGINT AS category_changes,
                sum(view_count)::BIGINT - count(*) FILTER (first_is_view) AS repeat_views,
                count(*) FILTER (met_at < started) AS known_items,
                arg_max(met_at < started, last)::BIGINT AS last_known,
                arg_max(n > 1, last)::BIGINT AS last_repeated,
                sum(worth)::DOUBLE / nullif(sum(priced), 0) AS avg_price,
                nullif(max(dearest), 0)::DOUBLE AS max_price,
                nullif(arg_max(price, last), 0)::DOUBLE / arg_max(usual, last) AS price_level,
                arg_max(item_rate, last) AS item_rate, max(item_rate) AS item_rate_max,
                arg_max(category_rate, last) AS category_rate
            FROM items JOIN asked USING (session_id) JOIN met USING (user_id, product_id)
            JOIN rates USING (product_id, category_id, day)
            GROUP BY session_id)
        SELECT told.*, {_OF_SESSION} FROM told {_JOINED}
    """


def at_moments(inputs: Inputs) -> str:
    """Per session and moment at which it is undecided: all features of `trackway.intent`.

    Nine counts run in three sums, 16 bits each: a window costs by its number of aggregates.
    """
    moments = [str(moment) for moment in section("intent").moments]
    places = ", ".join(moment for moment in moments if moment != "cart")
    last = max(int(moment) for moment in moments if moment != "cart")
    return f"""
        WITH {_sessions(inputs)}, {_rates(inputs)},
        places AS (
            SELECT session_id, min(event_id) AS first,
                min(event_id) FILTER (event_type = 'cart') AS cart
            FROM '{inputs.events}' GROUP BY 1),
        seen AS (
            SELECT session_id, day, started, event_time, event_type, product_id,
                category_id, price, (event_id - first + 1)::INTEGER AS nth,
                (cart - first + 1)::INTEGER AS cart_nth, event_id,
                category_id <> lag(category_id) OVER visit AS other_category,
                lag(event_time) OVER visit AS before
            FROM '{inputs.events}' e JOIN places USING (session_id)
            JOIN (SELECT session_id, started, day FROM asked) USING (session_id)
            WHERE event_id - first < {last} OR event_id <= cart
            WINDOW visit AS (PARTITION BY session_id ORDER BY event_id)),
        items AS (
            SELECT session_id, product_id, first_id,
                min(first_at) OVER (PARTITION BY user_id, product_id) AS met_at
            FROM (
                SELECT session_id, user_id, product_id, min(event_id) AS first_id,
                    min(event_time) AS first_at
                FROM '{inputs.events}' GROUP BY ALL)),
        flagged AS (
            SELECT session_id, nth, cart_nth, event_time, started AS begun, before, price,
                item_rate, category_rate, usual, met_at < started AS met,
                first_id = event_id AS new_item,
                CASE event_type WHEN 'view' THEN 1 WHEN 'cart' THEN 1::BIGINT << 16
                    WHEN 'remove' THEN 1::BIGINT << 32 ELSE 0 END::DOUBLE AS kinds,
                CASE WHEN first_id = event_id THEN 1
                    + CASE WHEN event_type = 'view' THEN 1::BIGINT << 16 ELSE 0 END
                    + CASE WHEN met_at < started THEN 1::BIGINT << 32 ELSE 0 END
                    ELSE 0 END::DOUBLE AS news,
                (CASE WHEN other_category THEN 1 ELSE 0 END
                    + CASE WHEN price <> 0 THEN 1::BIGINT << 16 ELSE 0 END
                    + CASE event_type WHEN 'favorite' THEN 1::BIGINT << 32 ELSE 0 END
                )::DOUBLE AS others
            FROM seen JOIN items USING (session_id, product_id)
            JOIN rates USING (product_id, category_id, day)),
        told AS (
            SELECT *, (sum(kinds) OVER visit)::BIGINT AS k, (sum(news) OVER visit)::BIGINT AS n,
                (sum(others) OVER visit)::BIGINT AS o,
                sum(price) OVER visit AS worth, max(price) OVER visit AS dearest,
                max(item_rate) OVER visit AS item_rate_max
            FROM flagged WINDOW visit AS (PARTITION BY session_id ORDER BY nth {SO_FAR}))
        SELECT told.session_id, moment, event_time AS scored_at, nth::BIGINT AS n_seen,
            k & 65535 AS view_count, (k >> 16) & 65535 AS cart_count,
            (k >> 32) & 65535 AS remove_count, (o >> 32) & 65535 AS favorite_count,
            epoch(event_time) - epoch(begun) AS session_duration_s,
            epoch(event_time) - epoch(before) AS last_pause_s,
            n & 65535 AS unique_items, o & 65535 AS category_changes,
            (k & 65535) - ((n >> 16) & 65535) AS repeat_views,
            (n >> 32) & 65535 AS known_items,
            met::BIGINT AS last_known, (NOT new_item)::BIGINT AS last_repeated,
            worth::DOUBLE / nullif((o >> 16) & 65535, 0) AS avg_price,
            nullif(dearest, 0)::DOUBLE AS max_price,
            nullif(price, 0)::DOUBLE / usual AS price_level,
            item_rate, item_rate_max, category_rate, {_OF_SESSION}
        FROM told {_JOINED}, unnest(list_filter({moments}, lambda moment: CASE
            WHEN moment = 'cart' THEN nth = cart_nth ELSE nth::VARCHAR = moment END)) AS u(moment)
        WHERE (nth IN ({places}) OR nth = cart_nth) AND ({UNDECIDED})
    """


_COUNTS = ["view_count", "cart_count", "remove_count", "favorite_count"]
_KINDS = ", ".join(
    f"count(*) FILTER (event_type = '{name.removesuffix('_count')}') AS {name}" for name in _COUNTS
)
_MET = "met AS (SELECT user_id, product_id, min(event_time) AS met_at FROM '{events}' GROUP BY ALL)"
_OF_SESSION = """user_id, started, ended, bought, past_sessions,
    coalesce(past_orders, 0) AS past_orders,
    (epoch(started) - epoch(last_started)) / 86400 AS days_since_last,
    first_purchase_at IS NULL OR first_purchase_at > scored_at AS undecided,
    hour(started) AS hour, (dayofweek(started) + 6) % 7 AS weekday"""
_JOINED = """JOIN asked USING (session_id) JOIN begun USING (session_id)
    LEFT JOIN orders USING (session_id)"""


def _sessions(inputs: Inputs) -> str:
    """The sessions asked about, and what their users had done strictly before."""
    return f"""
        asked AS (
            SELECT session_id, user_id, started, ended, first_purchase_at, bought,
                started::DATE AS day
            FROM '{inputs.sessions}' WHERE NOT open_at_end),
        begun AS (
            SELECT session_id,
                rank() OVER (PARTITION BY user_id ORDER BY started) - 1 AS past_sessions,
                max(started) OVER (PARTITION BY user_id ORDER BY started {EARLIER}) AS last_started
            FROM '{inputs.sessions}'),
        line AS (  -- of the few users who ever bought
            SELECT session_id, user_id, started AS at_time, true AS asks FROM '{inputs.sessions}'
            SEMI JOIN (SELECT user_id FROM '{inputs.sessions}' WHERE bought) USING (user_id)
            UNION ALL
            SELECT session_id, user_id, first_purchase_at, false
            FROM '{inputs.sessions}' WHERE bought),
        orders AS (
            SELECT session_id, past_orders FROM (
                SELECT session_id, asks, count(*) FILTER (NOT asks) OVER (
                    PARTITION BY user_id ORDER BY at_time {EARLIER}) AS past_orders
                FROM line)
            WHERE asks)
    """


def _rates(inputs: Inputs) -> str:
    """What each product and category had been worth on strictly earlier days, by day."""
    smoothing = section("intent").smoothing
    totals = "coalesce(sum(views), 0) AS views, coalesce(sum(bought), 0) AS bought"
    worth = "coalesce(sum(priced), 0) AS priced, coalesce(sum(worth), 0) AS worth"
    return f"""
        daily AS MATERIALIZED (
            SELECT product_id, category_id, event_time::DATE AS day,
                count(*) FILTER (event_type = 'view') AS views,
                count(*) FILTER (event_type = 'purchase') AS bought,
                count(*) FILTER (event_type = 'view' AND price > 0) AS priced,
                sum(price) FILTER (event_type = 'view' AND price > 0) AS worth
            FROM '{inputs.events}' GROUP BY ALL),
        days AS (SELECT DISTINCT day FROM asked UNION SELECT DISTINCT day FROM daily),
        shop AS (
            SELECT day,
                (sum(bought) OVER before)::DOUBLE / nullif(sum(views) OVER before, 0) AS rate
            FROM (SELECT day, {totals} FROM days LEFT JOIN daily USING (day) GROUP BY ALL)
            WINDOW before AS ({DAYS_BEFORE})),
        by_category AS (
            SELECT category_id, day,
                sum(worth) OVER before / nullif(sum(priced) OVER before, 0) AS usual,
                (coalesce(sum(bought) OVER before, 0)::DOUBLE + {smoothing} * rate)
                / (coalesce(sum(views) OVER before, 0) + {smoothing}) AS category_rate
            FROM (
                SELECT category_id, day, {totals}, {worth}
                FROM (SELECT DISTINCT category_id FROM daily) CROSS JOIN days
                LEFT JOIN daily USING (category_id, day) GROUP BY ALL)
            JOIN shop USING (day)
            WINDOW before AS (PARTITION BY category_id {DAYS_BEFORE})),
        by_item AS (
            SELECT product_id, day, coalesce(sum(bought) OVER before, 0)::DOUBLE AS bought,
                coalesce(sum(views) OVER before, 0)::DOUBLE AS views
            FROM (
                SELECT product_id, day, {totals}
                FROM (SELECT DISTINCT product_id FROM daily) CROSS JOIN days
                LEFT JOIN daily USING (product_id, day) GROUP BY ALL)
            WINDOW before AS (PARTITION BY product_id {DAYS_BEFORE})),
        rates AS MATERIALIZED (
            SELECT product_id, category_id, day, category_rate, usual,
                (bought + {smoothing} * category_rate) / (views + {smoothing}) AS item_rate
            FROM (SELECT DISTINCT product_id, category_id FROM daily)
            JOIN by_item USING (product_id) JOIN by_category USING (category_id, day))
    """
