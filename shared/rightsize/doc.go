// Package rightsize makes a policy smaller by what was done with it. [Narrow] takes a policy, or an entitlement's template, and the recorded
// calls; it gives the policy without the actions that were never used, a diff, and what it could not judge. Every function is pure.
//
//	use                 recorded calls; pairs of actions and resources
//	silent              actions that a call needs and CloudTrail does not show
//	template            the text as statements; the text again
//	actions, group      an Allow with fewer actions, within IAM's size
//	resources           an Allow with fewer resources
//	prove               each recorded call, asked of the new policy
//	narrow              all of it
//	diff                what changed, for people
//
// An action counts as unused only if CloudTrail would have shown its use. Where that is open, the action stays and is counted apart.
package rightsize
