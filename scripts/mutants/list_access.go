package main

import "slices"

const access, release, eventbus, identity, record, task, sweep, suspension = "shared/access", "shared/release", "shared/trigger/eventbus", "shared/identity", "shared/record", "shared/task", "shared/sweep", "shared/suspension"

// mutants are all of them, chapter by chapter.
func mutants() []mutant {
	return slices.Concat(asking(), deciding(), granting(), ending(), sweeping(), containing(), triggering(),
		fences(), policies(), machine(), storing(), onAWS())
}

// asking are the mutants of what may be asked for.
func asking() []mutant {
	return []mutant{
		{"asking: the mark", "a principal without the mark is refused", access, "Policy.Accepted", never("Managed")},
		{"asking: the boundary", "a principal without an accepted boundary is refused", access, "Policy.Accepted", never("AcceptsBoundary")},
		{"asking: the mark in any case", "the key of the mark is compared without case, as IAM does", access, "IsMarkKey", exact()},
		{"asking: every way into the role", "each statement of the trust policy must pin the name", access, "pinned", always("slices.ContainsFunc")},
		{"asking: a pin has no wildcard", "a pattern pins nothing", access, "fixed", never("ContainsAny")},
		{"asking: their own session", "people ask only for sessions with their own name", access, "Terms.bind", never("own Session.Value c.Name")},
		{"asking: the grammar of tasks", "a task id has only characters that people can see", task, "Task.Check", never("allVisible")},
		{"asking: the longest duration", "a request is no longer than the entitlement allows", access, "Terms.permitted", never("ent.Max")},
		{"asking: the cap of open requests", "a caller has a bounded number of open requests", access, "Submission.freeSlot", never("OpenRequests").number(2)},
		{"asking: evidence of a refusal", "a call that was understood and refused leaves evidence", access, "refusals.refusedAbout", omit("Denied")},
	}
}

// deciding are the mutants of who decides, on what, and until when.
func deciding() []mutant {
	return []mutant{
		{"deciding: only people", "a machine does not decide", access, "mayJudge", never("Person")},
		{"deciding: not oneself, by id", "the requester does not decide", access, "mayJudge", never("Requester.ID")},
		{"deciding: not oneself, by name", "a caller with the requester's name does not decide", access, "mayJudge", never("Requester.Name")},
		{"deciding: names in any case", "names are compared without case", identity, "SameName", exact()},
		{"deciding: the approvers", "only approvers decide", access, "Terms.mayDecideOf", never("rule.asked")},
		{"deciding: the quorum", "as many approve as the rule needs", access, "Terms.enough", replace("rule.Need", "1")},
		{"deciding: distinct people", "one person with two accounts counts once", access, "Standing", always("SameName")},
		{"deciding: not the owners alone", "one approver of a machine's request is not its owner", access, "Terms.enough", replace("count >= rule.Need && others", "count >= rule.Need")},
		{"deciding: approvals of these terms", "an approval counts for the digest that was approved", access, "Terms.enough", never("d.Digest")},
		{"deciding: the digest that was read", "a decision on other terms is refused", access, "deciding.mayDecide", never("d.Digest")},
	}
}

// granting are the mutants of how access begins.
func granting() []mutant {
	return []mutant{
		{"granting: intent before effect", "granting is stored before IAM is called", access, "granter.beginGranting",
			wrap("storeGranting", `func() (Life, error) {
				ahead, err := l, error(nil)
				if ahead.Elevation, err = l.Elevation.Grant(l.Terms, execution, s.Settings.AttachWithin, s.Now()); err == nil {
					err = s.attach(ctx, ahead, docs)
				}
				if err != nil {
					return l, err
				}
				return $call
			}()`)},
		{"granting: the TTL record", "granting stores the record whose removal ends it", access, "granter.tryGranting", omit("Always expiry")},
		{"granting: the read-back", "a grant is active only after IAM was read with it", access, "granter.readBack", early()},
		{"granting: attach_by, before the call", "nothing is sent after attach_by", access, "granter.attach", never("e.AttachBy Now")},
		{"granting: resuming by its own deadline", "Grant computes the deadline itself when it resumes", access, "granter.resume", never("t.LatestEnd")},
		{"granting: policy is asked again", "the newest policy decides at granting", access, "granter.stillAllowed", zero("StillAllowed")},
		{"granting: the catalog", "Grant uses no wider catalog that a second person did not sign", access, "granter.stillRight", zero("Accept")},
		{"granting: approvals are counted again", "Grant counts the decisions itself", access, "granter.stillApproved", early()},
		{"granting: the principal's id", "a principal that was recreated gets no grant", access, "granter.stillFits", never("sight.Principal t.Principal")},
		{"granting: the pins", "a role that does not pin the name any more gets no grant", access, "granter.stillFits", never("pinned")},
		{"granting: the digest", "terms with another digest are refused", access, "asked.of", never("a.Digest").number(2)},
		{"granting: terms are those of their entitlement", "the terms in the table agree with their entitlement", access, "Terms.differ", early()},
		{"granting: the same bytes", "the catalog gives what was approved", access, "granter.renderAnew", never("slices.Equal")},
	}
}

// ending are the mutants of how access ends.
func ending() []mutant {
	return []mutant{
		{"ending: delete before look", "a stale read does not keep Revoke from deleting", access, "revoker.takeAway",
			wrap("Cloud.Remove", `func() ([]Call, error) {
				if seen, err := s.Cloud.Read(ctx, r.Principal, r.Grant); err == nil && len(seen) == 0 {
					return nil, nil
				}
				return $call
			}()`)},
		{"ending: look after delete", "a removal is proven only by reading IAM", access, "revoker.takeAway", zero("Cloud.Read")},
		{"ending: proof only after attach_by", "while Grant may still attach, a read without the grant is no proof", access, "revoker.conclude",
			replace("l.Elevation.AttachBy", "r.ReadAt.Add(-s.Settings.SettleAfter)")},
		{"ending: without a record", "a grant is removed though its record cannot be read", access, "Service.Revoke",
			wrap("takeAway", `func() (Receipt, error) {
				if recorded != nil && fault.KindOf(recorded) != fault.NotFound {
					return r, recorded
				}
				return $call
			}()`).number(1)},
		{"ending: late evidence", "a receipt that could not be stored is queued", access, "revoker.postpone", never("removedAnything")},
		{"ending: who may end", "only holder, owner and operator end an elevation", access, "Service.End", always("mayEnd")},
		{"ending: Revoke is invoked directly", "an end does not wait for the state machine", access, "Ender.carryOut", zero("Workflow.Revoke")},
		{"ending: stuck", "an end that is overdue is stuck, and pages", access, "Elevation.Seen", never("OverdueAfter")},
		{"net: Expire", "the removal of a TTL record ends the elevation", sweep, "Sweep.Expire", zero("Workflow.Revoke")},
		{"net: the execution's end", "an execution that died has its elevation ended", sweep, "Sweep.ExecutionClosed", zero("Workflow.Revoke")},
		{"evidence: a state without its record", "the records of an elevation lead to its state", access, "checkStates", always("state want")},
	}
}

// sweeping are the mutants of the sweep and of the canaries.
func sweeping() []mutant {
	return []mutant{
		{"sweep: records that are due", "the sweep reads the records that are due", sweep, "pass.sweepDue", early()},
		{"sweep: policies in IAM", "the sweep reads the grants in IAM", sweep, "inIAM.sweepFound", early()},
		{"sweep: what is active", "the sweep looks at active elevations", sweep, "onRecords.sweepActive", early()},
		{"sweep: only our names", "the sweep removes no policy with another name than Grant gives", sweep, "inIAM.sweepPolicy", never("ValidID")},
		{"sweep: an edited grant", "a grant that was edited by hand ends", sweep, "driftReason", never("SameButInstants")},
		{"sweep: at most ten orphans", "a sweep that finds too much stops and pages", sweep, "inIAM.removeOrphan", never("orphansPerPass before")},
		{"canary: a silent net", "a net that did not end its canary is a finding", sweep, "Canaries.concludeCanary", never("last.EndedBy last.Net")},
	}
}

// containing are the mutants of containment and suspension.
func containing() []mutant {
	return []mutant{
		{"containing: only what should be over", "an active grant is not contained", access, "Elevation.containable", always("Revoking")},
		{"containing: principals an hour", "containment is capped per hour", access, "containedRow.count", boundary("containedPerHour")},
		{"containing: the catalog allows a Deny", "a Deny is written only where the entitlement says contain", access, "containing.close", always("Contain")},
		{"suspending: at each decision", "policy denies what is suspended", access, "Policy.checkSuspended", never("suspended")},
		{"suspending: it lapses", "an unconfirmed suspension lapses", suspension, "Suspension.InEffect", always("LapsesAt Before")},
		{"suspending: a second operator", "the maker of a suspension does not confirm it, by id or by name", suspension, "Suspension.Confirm", never("c.ID sus.ByName")},
		{"suspending: not their own", "a suspended operator does not suspend, confirm or lift", suspension, "Suspensions.Free", never("own")},
	}
}

// triggering are the mutants of what begins and ends by events.
func triggering() []mutant {
	return []mutant{
		{"triggering: the read-back", "the service confirms an event before anything begins", eventbus, "delivery.confirm", early()},
		{"triggering: its principals", "an event elevates only principals that the trigger lists", eventbus, "delivery.principal", never("slices.Contains")},
		{"triggering: the age of starts", "a start of long ago begins nothing", task, "Tasks.When", never("StartsWithin")},
		{"triggering: once", "an event that is delivered twice begins one elevation", access, "Triggers.Begin", never("done.Value.StartedAt")},
		{"triggering: the end of a task", "the end of a task ends what served it", access, "Triggers.TaskEnded", zero("endServing")},
	}
}
