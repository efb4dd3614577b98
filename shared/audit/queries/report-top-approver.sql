-- Decisions by approver, the most first.
-- ? from time: the first decision
-- ? to time: decisions before it
SELECT decider, MAX(decider_name) AS decider_name, COUNT(*) AS decisions, SUM(approve) AS approved, COUNT(*) - SUM(approve) AS denied, MAX(log_index) AS last_entry
FROM decisions
WHERE decided_at >= ?
  AND decided_at < ?
GROUP BY decider
ORDER BY decisions DESC, decider
