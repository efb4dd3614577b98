// Package accountreview is function review: each month it reads every governed account, finds its standing privilege, and opens and
// closes the items of the campaign. One message begins a campaign; it makes one message for each account.
//
// IAM makes last-accessed data one principal at a time, so an account is reviewed in parts, the oldest principals first. After each part a
// row says how far the review is: a message that comes again continues there, as does the one that an invocation with little time left sends.
//
// Each invocation reads the account's details whole: a listing that is resumed after minutes could miss what moved between pages.
package accountreview
