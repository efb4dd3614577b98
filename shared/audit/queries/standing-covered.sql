-- Standing use that a grant may have covered: actions that a principal called with its own policies, and in elevations too.
-- Such a policy may be unneeded: resources are not compared. An action that no elevation used in the period is not in it, even
-- if an entitlement allows it, and neither is an action that is not among the most frequent of its day.
-- ? from day: the first day of calls
-- ? from day: the first day of calls
-- ? to day: days of calls before it
WITH used AS (
  SELECT principal, name, CASE WHEN elevation IS NULL THEN events END AS standing, CASE WHEN elevation IS NOT NULL THEN events END AS elevated, elevation, used_on
  FROM latest_usage
  WHERE item = 'action'
    AND day >= ? AND used_on >= ? AND used_on < ?
)
SELECT principal, name AS action, SUM(standing) AS standing_calls, COUNT(DISTINCT CASE WHEN elevation IS NULL THEN used_on END) AS standing_days,
  SUM(elevated) AS elevated_calls, COUNT(DISTINCT elevation) AS elevations
FROM used
GROUP BY principal, name
HAVING SUM(standing) > 0 AND SUM(elevated) > 0
ORDER BY standing_calls DESC, principal, action
