// Package accountreview is function review: each month it reads every governed account, finds its standing privilege, and opens and
// closes the items of the campaign. One message begins a campaign; it makes one message for each account.
//
// A message reads its account whole. IAM's markers belong to one listing, so a reading that is resumed after minutes could miss what
// moved between pages; a message that comes again begins again, and taking the same review twice changes nothing.
package accountreview
