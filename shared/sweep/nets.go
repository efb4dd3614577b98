package sweep

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// IsExpiry reports whether a row of the access table is a TTL record, whose removal is for [access.Service.Expire].
func IsExpiry(k record.Key) bool {
	return k.Table == record.AccessTable && k.Sort == access.ExpiryKey("").Sort
}

// overdueBy is how long after it was due an end may be unproven before it counts as overdue.
const overdueBy = time.Minute
