// Package difference is what a grant adds to what its principal has today: for approvers, before they decide.
//
// It errs to more: an action counts as new unless the principal's own policies certainly allow it on the same resources, and as refused
// only if its boundary or a Deny certainly refuses it. SCPs, RCPs and policies of resources are not known to it.
//
// The work is bounded by a count of steps. Own policies that take more count as unknown, and then all of the grant is new.
//
// Escalation is told by the techniques of package escalation that the grant opens.
//
// The risk, 1 to 10, is the highest that applies:
//
//	10  every action on every resource
//	 9  escalation: actions that give the principal more rights, or another identity; trust
//	 8  credentials; log tampering
//	 7  code that runs as another; sharing outward; sessions that stay open
//	 6  deletion
//	 5  data out; other management of permissions
//	 4  other writes and tags, and actions that package iamdata does not know
//	 2  reads and lists
//	 1  nothing new
//
// A grant that may last more than 8 hours, or is bound to no session, is one higher, at most 9.
package difference
