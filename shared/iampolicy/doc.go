// Package iampolicy reads, writes, fences, measures and evaluates AWS IAM policy documents.
//
// [Parse] reads an identity policy and [ParseTrust] the trust policy of a role. [Substitute] fills the typed parameters
// of a template. [Compile] puts a [Fence] into every statement: the document allows nothing outside its window and
// session, even if its removal fails. [Fill] writes the two instants, [Fenced] reads them back, [Close] ends the window
// early. [Size] and [Split] fit a document to IAM's quotas. [Evaluate] decides whether a call is allowed, and by which
// statements. [Document.Rules] and [Pattern] compare statements without a call.
//
// Invalid input is an error with its place and is never repaired. Every function is pure: no clock, no network, no
// state.
//
// # Grammar
//
// AWS's page "Grammar of the IAM JSON policy language", with a string or a list for Statement, Action, Resource and
// condition values. NotAction, NotResource and every condition operator are included, with IfExists, ForAllValues and
// ForAnyValue. Policy variables need version 2012-10-17.
//
// # Evaluation
//
// Identity policies and a permissions boundary of one principal. Not included: resource policies, session policies,
// service and resource control policies. For those, ask AWS.
package iampolicy
