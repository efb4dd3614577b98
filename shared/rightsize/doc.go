// Package rightsize takes from a policy, or an entitlement's template, the actions that were never used. [Narrow] is pure.
//
// An action counts as unused only if CloudTrail would have shown its use. Others stay, and are counted apart.
package rightsize
