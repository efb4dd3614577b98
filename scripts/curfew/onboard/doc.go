// Package onboard looks at one role or user and says what has to be done before Curfew may elevate it, and what its
// permissions boundary would take from what it may do today. It changes nothing.
//
// [Subject] is all that is read, from AWS ([Read]) or from the account's details in a file ([FromFile]); [Examine] is a
// pure function of it.
package onboard
