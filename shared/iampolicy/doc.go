// Package iampolicy reads, writes, fences, measures and evaluates AWS IAM
// policy documents.
//
// A document is read by [Parse] (an identity policy) or [ParseTrust] (the trust
// policy of a role). Whatever AWS refuses is refused, with the place in the text.
// [Substitute] fills the typed parameters of a template. [Compile] puts a
// [Fence] into every statement, so that the document allows nothing outside its
// window and its session, whoever forgets to remove it; [Fill] writes the two
// instants, [Fenced] reads them back, [Close] ends the window early. [Size] and
// [Split] make it fit IAM's quotas. [Evaluate] answers whether a call would be
// allowed, and by which statements.
//
// A policy that IAM would not take, a value that its type does not admit, a
// statement that the fence cannot hold: all are errors, never repaired in silence.
//
// Everything here is a pure function of its arguments: no clock, no network, no
// state. The same document always gives the same bytes.
//
// # What is accepted
//
// The grammar is the one of AWS's page "Grammar of the IAM JSON policy language":
// a string or a list for Statement, Action, Resource and condition values; the
// Not forms; every condition operator with IfExists, ForAllValues and
// ForAnyValue; policy variables in version 2012-10-17 only.
//
// # What is evaluated
//
// Identity policies and a permissions boundary of one principal. Not resource
// policies, session policies, service or resource control policies: the caller
// who needs them asks AWS.
package iampolicy
