// Package onboard reports what a role or user needs before Curfew may elevate it, and what its permissions boundary
// would take away. It changes nothing.
//
// It stores no baseline of the principal: only the function reconcile may write them, and the next survey after the tag
// is set does.
//
// [Read] (from AWS) or [FromFile] (from the account's details) gives a [Subject]; [Examine] is a pure function of it.
package onboard
