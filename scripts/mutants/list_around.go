package main

const (
	iampolicy  = "shared/iampolicy"
	catalog    = "shared/catalog"
	evidence   = "shared/evidence"
	aws        = "shared/onaws"
	awsDynamo  = "shared/onaws/dynamo"
	awsIAM     = "shared/onaws/iam"
	iamcalls   = "shared/iamcall"
	machines   = "statemachines"
	definition = "elevation.asl.json"
)

// fences are the mutants of the fence.
func fences() []mutant {
	return []mutant{
		{"fence: the deadline", "a grant allows nothing after its deadline", iampolicy, "Fence.conditions", omit(`"DateLessThan" NotAfter`)},
		{"fence: half open", "a grant allows nothing at its deadline", iampolicy, "Fence.conditions", replace(`"DateLessThan"`, `"DateLessThanEquals"`)},
		{"fence: the instant", "the fence ends at the deadline", iampolicy, "Fill", replace(`notAfter.Format(time.RFC3339)`, `notAfter.AddDate(1, 0, 0).Format(time.RFC3339)`)},
		{"fence: every statement", "a Deny and an Allow have the fence", iampolicy, "Compile", skip("s.Conditions conditions")},
		{"fence: the principal", "a grant is for one principal id", iampolicy, "Fence.conditions", omit("principalCondition")},
		{"fence: the session", "a grant is for the session that it is bound to", iampolicy, "Fence.principalCondition", never("SessionName")},
		{"fence: keys in any case", "condition keys are compared without case, as IAM does", iampolicy, "Fence.uses", exact()},
		{"fence: the other clock", "a condition on aws:EpochTime is refused", iampolicy, "Fence.uses", never("keyEpochTime")},
		{"fence: every statement is read", "one statement without a fence makes the policy unfenced", iampolicy, "commonWindow", never("first w")},
		{"fence: one value a key", "a second value of a fence key is refused", iampolicy, "readWindow", never("len Values")},
	}
}

// policies are the mutants of how policies are compiled and evaluated, and of the catalog.
func policies() []mutant {
	return []mutant{
		{"policy: values have their type", "a value is checked against the grammar of its type", iampolicy, "checkValues", zero("Check")},
		{"policy: no wildcard in a value", "no type allows a star", iampolicy, "iamName", replace(`"_+=,.@-"`, `"_+=,.@-*"`)},
		{"policy: a Deny wins", "an explicit Deny overrides every Allow", iampolicy, "Evaluate", never("denies")},
		{"policy: the boundary limits", "what the boundary does not allow is denied", iampolicy, "Evaluate", never("allows Boundary")},
		{"policy: conditions", "a statement applies only if its conditions hold", iampolicy, "matcher.matches", never("holds")},
		{"catalog: what outlives a revoke", "an action whose effects outlive a revoke is named or refused", catalog, "draft.checkOutliving", never("len missing")},
		{"catalog: own policies only forbid", "the Cedar of a catalog cannot permit", catalog, "checkPolicyText", never("Forbid")},
		{"catalog: wider ones wait", "a wider catalog is not used without a signature", release, "Releases.follows", always("catalog.Wider")},
		{"catalog: not oneself", "a deployer's signature of their own catalog is refused", release, "seen.mayFollow", never("by.is")},
		{"catalog: before CloudTrail delivers", "a signature waits until the deployer may be known", release, "seen.mayFollow", never("now.Before")},
		{"catalog: narrowed since", "a catalog that was narrowed is not used for later requests", release, "used.had", never("RequestedAt")},
		{"catalog: an error is a denial", "a policy that cannot be evaluated is an error", catalog, "Catalog.Decide", never("diagnostic.Errors")},
	}
}

// machine are the mutants of the state machine.
func machine() []mutant {
	return []mutant{
		{"machine: Grant's Catch", "a Grant that fails leads to Revoke", machines, definition, remove("States/Grant/Catch/States.ALL")},
		{"machine: Grant's Catch keeps the input", "an error does not replace the input of Revoke", machines, definition, remove("States/Grant/Catch/States.ALL/ResultPath")},
		{"machine: another execution's grant", "an execution leaves another one's grant alone", machines, definition, remove("States/Grant/Catch/NotYours")},
		{"machine: Hold's Catch", "a Hold that fails or times out leads to Revoke", machines, definition, remove("States/Hold/Catch")},
		{"machine: Hold's time-out", "Hold ends at the deadline", machines, definition, remove("States/Hold/TimeoutSecondsPath")},
		{"machine: Revoke's Retry", "a Revoke that fails is tried again", machines, definition, remove("States/Revoke/Retry")},
		{"machine: Revoke is tried without limit", "the retries of Revoke do not end", machines, definition, set("States/Revoke/Retry/States.ALL/MaxAttempts", `5`)},
		{"machine: the approvers", "a request without a route is decided by approvers", machines, definition, set("States/Route/Default", `"WaitForStart"`)},
	}
}

// storing are the mutants of how records and evidence are kept.
func storing() []mutant {
	return []mutant{
		{"store: compare and swap", "an elevation is written only if it is as it was read", access, "Elevation.swap", replace("record.Unchanged", "record.Always")},
		{"store: evidence in the same transaction", "a change of state and its evidence are one transaction", record, "Update",
			wrap("s.Write", `func() error {
				for _, c := range changes {
					if err := s.Write(ctx, c); err != nil {
						return err
					}
				}
				return nil
			}()`)},
		{"store: terms are written once", "terms are not overwritten", record, "AddRow", replace("Absent", "Always")},
		{"evidence: records are linked", "a record names the hash of the one before it", evidence, "Head.refuses", never("r.Prev")},
		{"evidence: records are hashed", "the hash of a record is of its content", evidence, "checkNext", never("r.hashMatches")},
		{"evidence: the whole chain", "a chain goes as far as its elevation knows", evidence, "Verify", never("head.Seq want.Seq").number(2)},
	}
}

// onAWS are the mutants of the ports on AWS.
func onAWS() []mutant {
	return []mutant{
		{"aws: error names", "an error has the name that the state machine catches", aws, "lambdaError", replace("fault.ErrorName(err)", `"Error"`)},
		{"aws: attach_by in every call", "no call and no retry is sent to IAM after attach_by", iamcalls, "Sender.Send", never("now.Before")},
		{"aws: the principal's id", "nothing is attached to a principal that was recreated", awsIAM, "Cloud.Attach", never("found.id")},
		{"aws: conditional writes", "DynamoDB compares versions", awsDynamo, "conditionOf", replace(`"#v = :version"`, `"#v >= :version"`)},
		{"aws: evidence is only added", "a row of evidence is never overwritten", awsDynamo, "conditionOf", replace("record.Absent", "-1")},
		{"aws: consistent reads", "a decision reads the newest state", awsDynamo, "Store.Partition", omit("ConsistentRead aws.Bool")},
	}
}
