// Package accountreview is function review: each month it reads every governed account, finds its standing privilege, and opens and
// closes the items of the campaign. One message begins a campaign; it makes one message for each account.
//
// An account is reviewed in parts, the oldest principals first, because IAM makes last-accessed data one principal at a time. After
// each part a row says how far the review is, and sums up what was found. A message that comes again, after a crash too, continues
// there. When an invocation has little time left, it sends a message that continues.
//
// Each invocation reads the account's details whole: IAM's markers belong to one listing, so a listing that is resumed after minutes
// could miss what moved between pages. A principal that is made meanwhile is the newest, so a later part finds it.
package accountreview
