package record

// Indexes are the indexes of the access table.
func Indexes() []Index { return []Index{ByState, ByPrincipal, ByRequester, ByDue} }
