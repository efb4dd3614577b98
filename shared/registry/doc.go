// Package registry holds the governed accounts: those whose principals may be elevated.
//
// IAM lets Curfew's functions enter its roles in every account of the organization. The registry says in which of them
// Curfew grants. Submit and Grant read it, and refuse without a row. Revoke and Contain never read it: access can be
// removed in every account, also in one that is not a member.
package registry
