-- Who approves for whom, and whether the other approves back.
-- back is how many requests of the decider the requester approved. Two people who approve each other's requests may be a team,
-- or a way around the second person.
-- ? from time: the first decision
-- ? to time: decisions before it
WITH pairs AS (
  SELECT e.requester, d.decider, MIN(e.requester_name) AS requester_name, MIN(d.decider_name) AS decider_name, COUNT(*) AS approvals
  FROM decisions AS d
  JOIN elevations AS e ON e.elevation = d.elevation
  WHERE d.approve = 1
    AND d.decided_at >= ? AND d.decided_at < ?
  GROUP BY e.requester, d.decider
)
SELECT a.requester, a.requester_name, a.decider, a.decider_name, a.approvals, COALESCE(b.approvals, 0) AS back
FROM pairs AS a
LEFT JOIN pairs AS b ON b.requester = a.decider AND b.decider = a.requester
ORDER BY back DESC, a.approvals DESC, a.requester, a.decider
