package record

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"curfew/shared/fault"
)

// MaxChanges is DynamoDB's limit for a transaction.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const MaxChanges = 100

func Indexes() []Index { return []Index{ByState, ByPrincipal, ByRequester, ByDue} }

func (i Index) Known() bool {
	switch i {
	case ByState, ByPrincipal, ByRequester, ByDue:
		return true
	}
	return false
}

// CheckChanges returns Invalid for changes that no [Store] writes: none, too many, duplicate keys, bad keys or rows, or
// changed evidence. It finds bugs only: the audit table itself accepts any item.
func CheckChanges(changes []Change) error {
	if len(changes) == 0 || len(changes) > MaxChanges {
		return fault.Errorf(fault.Invalid, "%d changes, not between 1 and %d", len(changes), MaxChanges)
	}
	for i, c := range changes {
		if err := c.check(); err != nil {
			return err
		}
		for _, other := range changes[:i] {
			if other.Row.Key == c.Row.Key {
				return fault.Errorf(fault.Invalid, "two changes of %s", c.Row.Key)
			}
		}
	}
	return nil
}

func (c Change) check() error {
	k := c.Row.Key
	if err := k.Check(); err != nil {
		return err
	}
	switch {
	case c.Do == Check:
		return nil
	case c.Do != Put && c.Do != Delete:
		return fault.Errorf(fault.Invalid, "%s: there is no action %d", k, c.Do)
	case k.Table == AuditTable && (c.Do != Put || c.If != Absent):
		return fault.Errorf(fault.Invalid, "%s: evidence is append-only: want Put with the condition Absent", k)
	case c.Do == Put:
		return c.Row.Check()
	}
	return nil
}

// Check returns Invalid for an impossible key.
func (k Key) Check() error {
	if k.Table != AccessTable && k.Table != AuditTable {
		return fault.Errorf(fault.Invalid, "there is no table %q", k.Table)
	}
	if k.Partition == "" || k.Sort == "" {
		return fault.Errorf(fault.Invalid, "key %s is not complete", k)
	}
	return nil
}

// Check returns Invalid for an impossible row, but does not check its key.
func (r Row) Check() error {
	if r.Version < 1 {
		return fault.Errorf(fault.Invalid, "row %s has version %d, less than 1", r.Key, r.Version)
	}
	if r.Key.Table == AuditTable && len(r.Index) > 0 {
		return fault.Errorf(fault.Invalid, "row %s: the audit table has no indexes", r.Key)
	}
	for index, place := range r.Index {
		if !index.Known() || place.Partition == "" || place.Sort == "" {
			return fault.Errorf(fault.Invalid, "row %s has no proper place in index %q", r.Key, index)
		}
	}
	if err := checkBody(r.Body); err != nil {
		return fault.Errorf(fault.Invalid, "row %s: %w", r.Key, err)
	}
	if n := r.Size(); n > MaxSize {
		return fault.Errorf(fault.Invalid, "row %s has %d bytes, more than %d", r.Key, n, MaxSize)
	}
	return nil
}

// checkBody requires UTF-8: a DynamoDB string would change other bytes.
func checkBody(body []byte) error {
	switch {
	case !utf8.Valid(body):
		return fault.Errorf(fault.Invalid, "its body is not UTF-8")
	case !json.Valid(body):
		return fault.Errorf(fault.Invalid, "its body is not JSON")
	case !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")):
		return fault.Errorf(fault.Invalid, "its body is not a JSON object")
	}
	return nil
}
