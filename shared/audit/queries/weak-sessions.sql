-- Grants that others with the same role could use: not bound to a session, or to one that the trust policy does not pin.
-- ? from time: granted at or after it
-- ? to time: granted before it
SELECT elevation, requester, requester_name, principal, entitlement, bind, session_name, weak, granted_at, gone_at
FROM elevations
WHERE (weak = 1 OR bind = 'none')
  AND granted_at >= ? AND granted_at < ?
ORDER BY granted_at, elevation
