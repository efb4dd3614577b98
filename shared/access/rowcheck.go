package access

// What every Store demands of keys and rows, whatever it stores them in.

// String is how errors name a key.
func (k Key) String() string { return string(k.Table) + "/" + k.Partition + "/" + k.Sort }

// Check refuses a key that no row can have. Invalid.
func (k Key) Check() error {
	if k.Table != AccessTable && k.Table != AuditTable {
		return Errorf(Invalid, "there is no table %q", k.Table)
	}
	if k.Partition == "" || k.Sort == "" {
		return Errorf(Invalid, "key %s is not complete", k)
	}
	return nil
}

// Check refuses a row that has no version or no proper place in an index. Invalid. The key is checked by [Key.Check].
func (r Row) Check() error {
	if r.Version < 1 {
		return Errorf(Invalid, "row %s has version %d, less than 1", r.Key, r.Version)
	}
	if r.Key.Table == AuditTable && (len(r.Index) > 0 || !r.Expires.IsZero()) {
		return Errorf(Invalid, "row %s: the audit table has no indexes and no TTL", r.Key)
	}
	for index, place := range r.Index {
		if !index.Known() || place.Partition == "" || place.Sort == "" {
			return Errorf(Invalid, "row %s has no proper place in index %q", r.Key, index)
		}
	}
	return nil
}

// Indexes are the indexes of the access table.
func Indexes() []Index { return []Index{ByState, ByPrincipal, ByRequester, ByDue} }

// Known reports whether the access table has this index.
func (i Index) Known() bool {
	switch i {
	case ByState, ByPrincipal, ByRequester, ByDue:
		return true
	}
	return false
}
