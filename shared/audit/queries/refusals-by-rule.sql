-- What was refused, by which rules and policies, how often and to how many callers.
-- NULL rules: a person denied it, or the fault names no rule. Over 60 refused calls of a caller in an hour are only counted.
-- ? from time: the first refusal
-- ? to time: refusals before it
-- ? from time: the first refusal
-- ? to time: refusals before it
SELECT rules, refused_by, verb, COUNT(*) AS refusals, COUNT(DISTINCT caller) AS callers, MIN(recorded_at) AS first_at, MAX(recorded_at) AS last_at
FROM refusals
WHERE day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ? AND recorded_at < ?
GROUP BY rules, refused_by, verb
ORDER BY refusals DESC, rules NULLS LAST, refused_by, verb NULLS LAST
