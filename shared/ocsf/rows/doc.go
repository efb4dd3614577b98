// Package rows maps the rows of package audit to events of OCSF, and keeps them as custom sources of Security Lake do.
//
//	what a row says                       class
//	a request and what becomes of it      3004 Entity Management
//	a grant attached or removed           3008 Role Management, 3007 User Management; before 1.9.0 3001 Account Change
//	calls of a day                        6003 API Activity
//	a finding                             2004 Detection Finding
//
// An event is a pure function of an entry and of its elevation's terms. https://schema.ocsf.io
package rows
