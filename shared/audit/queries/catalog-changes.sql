-- Changes of the catalog: when it changed, who deployed and signed it, and whether it allows more.
-- subject is the SHA-256 of the new catalog; why has the changes, or the note of the signer.
-- ? from time: the first record
-- ? to time: records before it
-- ? from time: the first record
-- ? to time: records before it
SELECT recorded_at, kind, subject, actor, wider, why, log_index
FROM evidence
WHERE kind IN ('catalog.changed', 'catalog.deployed', 'catalog.signed', 'catalog.accepted')
  AND day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ? AND recorded_at < ?
ORDER BY log_index
