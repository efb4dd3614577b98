// Package rightsize takes from a policy, or an entitlement's template, the actions that were never used. [Narrow] is pure.
//
//	use             recorded calls; pairs of actions and resources
//	silent          actions that CloudTrail does not show
//	template        the text as statements, and back
//	group, actions  an Allow with fewer actions
//	fit             IAM's size
//	resources       an Allow with fewer resources
//	right, prove    each recorded call, asked of the new policy
//	input, narrow   all of it
//	diff            what changed
//
// An action counts as unused only if CloudTrail would have shown its use. Others stay, and are counted apart.
package rightsize
