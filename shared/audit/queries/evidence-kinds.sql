-- How much evidence there is of a kind: for a control, whose kinds the report names.
-- ? prefix text: beginning of the kinds, as review. or elevation.ended
-- ? prefix text: beginning of the kinds, as review. or elevation.ended
-- ? from time: the first record
-- ? to time: records before it
-- ? from time: the first record
-- ? to time: records before it
SELECT kind, COUNT(*) AS entries, COUNT(DISTINCT elevation) AS elevations, MIN(recorded_at) AS first_at, MIN(log_index) AS first_entry, MAX(recorded_at) AS last_at, MAX(log_index) AS last_entry
FROM evidence
WHERE kind >= ? AND kind < CAST(? AS varchar) || '~'
  AND day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ? AND recorded_at < ?
GROUP BY kind
ORDER BY kind
