-- Calls in elevations that IAM refused, by entitlement and action: an entitlement that lacks them, or a holder who tries more.
-- Actions that are not among the most frequent of their day are not in it.
-- ? from day: the first day of calls
-- ? from day: the first day of calls
-- ? to day: days of calls before it
SELECT e.entitlement, u.name AS action, SUM(u.events) AS refused, COUNT(DISTINCT u.elevation) AS elevations, COUNT(DISTINCT e.requester) AS requesters, MAX(u.used_on) AS last_day
FROM latest_usage AS u
JOIN elevations AS e ON e.elevation = u.elevation
WHERE u.item = 'denial'
  AND u.day >= ? AND u.used_on >= ? AND u.used_on < ?
GROUP BY e.entitlement, u.name
ORDER BY refused DESC, e.entitlement, action
