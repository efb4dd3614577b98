-- The first refusals of a period.
-- ? from time: the first refusal
-- ? to time: refusals before it
-- ? from time: the first refusal
-- ? to time: refusals before it
-- ? most number: so many rows
SELECT recorded_at, refused_by, caller, decider, verb, fault, rules, elevation, why, log_index
FROM (
  SELECT recorded_at, refused_by, caller, decider, verb, fault, rules, elevation, why, log_index, ROW_NUMBER() OVER (ORDER BY log_index) AS nth
  FROM refusals
  WHERE day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
    AND recorded_at >= ? AND recorded_at < ?
) AS ranked
WHERE nth <= ?
ORDER BY nth
