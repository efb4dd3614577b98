-- All elevations for a task, as a ticket or a run, and how much they were used.
-- joined: the task joined an elevation for another one. NULL calls: no call was counted.
-- ? kind text: change, backup, workflow, incident or rotation
-- ? id text: the id of the ticket, job or run
-- ? kind text: change, backup, workflow, incident or rotation
-- ? id text: the id of the ticket, job or run
SELECT e.elevation, e.state, e.requester, e.requester_name, e.principal, e.account, e.entitlement, e.task_known, e.requested_at, e.granted_at, e.gone_at, e.cause, j.joined, u.calls
FROM elevations AS e
LEFT JOIN (
  SELECT DISTINCT elevation, 1 AS joined
  FROM evidence
  WHERE kind = 'elevation.joined' AND task_kind = ? AND task_id = ?
) AS j ON j.elevation = e.elevation
LEFT JOIN (
  SELECT elevation, SUM(events) AS calls
  FROM latest_usage
  WHERE item = 'total' AND elevation IS NOT NULL
  GROUP BY elevation
) AS u ON u.elevation = e.elevation
WHERE e.task_kind = ? AND e.task_id = ? OR j.joined = 1
ORDER BY e.requested_at, e.elevation
