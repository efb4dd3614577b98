-- What was refused to a caller, by whom and why.
-- Over 60 refused calls in an hour are only counted.
-- ? caller text: the caller id
-- ? from time: the first refusal
-- ? to time: refusals before it
-- ? from time: the first refusal
-- ? to time: refusals before it
SELECT recorded_at, refused_by, decider, verb, fault, rules, elevation, entitlement, subject, why, log_index
FROM refusals
WHERE caller = ?
  AND day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ? AND recorded_at < ?
ORDER BY recorded_at, log_index
