package api

import "slices"

// Operations returns the table.
func Operations() []Operation {
	return slices.Concat(elevationChanges(), operatorActions(), accounts(), catalogs(), campaigns(), delegations(), findings(), reports(), queries())
}

func elevationChanges() []Operation {
	return []Operation{
		op(Operation{
			Name: "requestElevation", About: "Request an elevation",
			May: []Role{Anyone}, Changes: true, // repeats only with an idempotency key
			Fails: []Kind{Invalid, Denied, NotFound, Conflict, Quota, KeyReused, Throttled, Unavailable},
		}, RequestElevation),
		op(Operation{
			Name: "decideElevation", About: "Approve, deny, or withdraw an approval",
			May: []Role{Approver}, People: true, Decides: true, Changes: true, Repeats: true,
			Fails: change,
		}, DecideElevation),
		op(Operation{
			Name: "endElevation", About: "End access before its deadline",
			May: []Role{Holder, Owner, Operator}, Changes: true, Pace: Ends, Repeats: true,
			Fails: change,
		}, EndElevation),
		op(Operation{
			Name: "heartbeat", About: "Send the heartbeat of the holder",
			May: []Role{Holder}, Changes: true, Pace: Beats, Repeats: true,
			Fails: change,
		}, Heartbeat),
		op(Operation{
			Name: "withdrawElevation", About: "Withdraw a request",
			May: []Role{Requester, Owner, Operator}, Changes: true, Pace: Ends, Repeats: true,
			Fails: change,
		}, WithdrawElevation),
		op(Operation{
			Name: "acknowledgeElevation", About: "Acknowledge a stuck elevation",
			May: []Role{Owner, Operator}, People: true, Changes: true, Repeats: true,
			Fails: change,
		}, AcknowledgeElevation),
		op(Operation{
			Name: "signReview", About: "Sign the review of an elevation",
			May: []Role{Reviewer}, People: true, Decides: true, Changes: true, Repeats: true,
			Fails: change,
		}, SignReview),
	}
}

func operatorActions() []Operation {
	return []Operation{
		op(Operation{
			Name: "endAll", About: "End all of a principal, a requester, an entitlement, or everything",
			May: []Role{Operator}, Changes: true, Pace: Ends, Repeats: true,
			Fails: []Kind{Invalid, Denied, Unavailable},
		}, EndAllOf),
		op(Operation{
			Name: "listSuspensions", About: "List suspensions",
			May: []Role{Operator}, Repeats: true,
			Fails: []Kind{Denied, Unavailable},
		}, ListSuspensions),
		op(Operation{
			Name: "suspend", About: "Suspend a principal, a caller, an entitlement, or everything",
			May: []Role{Operator}, Changes: true, Pace: Ends, Repeats: true,
			Fails: []Kind{Invalid, Denied, Unavailable},
		}, SuspendScope),
		op(Operation{
			Name: "liftSuspension", About: "Lift a suspension",
			May: []Role{Operator}, People: true, Changes: true, Repeats: true,
			Fails: []Kind{Invalid, Denied, Unavailable},
		}, LiftSuspension),
	}
}

func accounts() []Operation {
	return []Operation{
		op(Operation{
			Name: "listAccounts", About: "List the accounts in the registry",
			May: []Role{Operator}, Repeats: true,
			Fails: []Kind{Denied, Unavailable},
		}, ListAccounts),
		op(Operation{
			Name: "addAccount", About: "Add an account to the registry",
			May: []Role{Operator}, People: true, Changes: true, Repeats: true,
			Fails: []Kind{Invalid, Denied, Unavailable},
		}, AddAccount),
		op(Operation{
			Name: "removeAccount", About: "Remove an account from the registry",
			May: []Role{Operator}, People: true, Changes: true, Repeats: true,
			Fails: change,
		}, RemoveAccount),
	}
}

func catalogs() []Operation {
	return []Operation{
		op(Operation{
			Name: "showCatalog", About: "Show which catalog is in force, and which waits for a signature",
			May: []Role{Operator}, People: true, Repeats: true,
			Fails: []Kind{Denied, Unavailable},
		}, ShowCatalog),
		op(Operation{
			Name: "signCatalog", About: "Sign the catalog that waits",
			May: []Role{Operator}, People: true, Decides: true, Changes: true, Repeats: true,
			Fails: change,
		}, SignCatalog),
	}
}

func campaigns() []Operation {
	return []Operation{
		op(Operation{
			Name: "listCampaignItems", About: "List principals with standing privilege, for their owners to sign",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Invalid, Unavailable},
		}, ListCampaignItems),
		op(Operation{
			Name: "showCampaignItem", About: "Show a principal with standing privilege",
			May: []Role{Owner, Operator}, Repeats: true,
			Fails: []Kind{NotFound, Unavailable},
		}, ShowCampaignItem),
		op(Operation{
			Name: "answerCampaignItem", About: "Sign standing privilege, or say that it was removed",
			May: []Role{Owner}, People: true, Decides: true, Changes: true, Repeats: true,
			Fails: change,
		}, AnswerCampaignItem),
	}
}

func delegations() []Operation {
	return []Operation{
		op(Operation{
			Name: "makeDelegation", About: "Name a delegate, who decides in the stead of the caller while they are away",
			May: []Role{Approver}, People: true, Decides: true, Changes: true, // a repeat is a conflict
			Fails: []Kind{Invalid, Denied, Conflict, Quota, Unavailable},
		}, MakeDelegation),
		op(Operation{
			Name: "listDelegations", About: "List delegations that are not over",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Unavailable},
		}, ListDelegations),
		op(Operation{
			Name: "endDelegation", About: "End a delegation before its last instant",
			May: []Role{Approver, Operator}, People: true, Decides: true, Changes: true, Repeats: true,
			Fails: change,
		}, EndDelegation),
	}
}

func findings() []Operation {
	return []Operation{
		op(Operation{
			Name: "listFindings", About: "List findings",
			May: []Role{Operator}, Repeats: true,
			Fails: []Kind{Invalid, Denied, Unavailable},
		}, ListFindings),
		op(Operation{
			Name: "showFinding", About: "Show a finding",
			May: []Role{Owner, Operator}, Repeats: true,
			Fails: []Kind{NotFound, Unavailable},
		}, ShowFinding),
		op(Operation{
			Name: "acknowledgeFinding", About: "Acknowledge a finding",
			May: []Role{Owner, Operator}, People: true, Changes: true, Repeats: true,
			Fails: change,
		}, AcknowledgeFinding),
		op(Operation{
			Name: "closeFinding", About: "Close a finding",
			May: []Role{Owner, Operator}, People: true, Changes: true, Repeats: true,
			Fails: change,
		}, CloseFinding),
	}
}

func reports() []Operation {
	return []Operation{
		op(Operation{
			Name: "recordReport", About: "Record the digests of a report",
			May: []Role{Operator}, Changes: true,
			Fails: []Kind{Invalid, Denied, Conflict, Unavailable},
		}, RecordReport),
	}
}

func queries() []Operation {
	return []Operation{
		op(Operation{
			Name: "listElevations", About: "List elevations, newest first",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Invalid, Unavailable},
		}, ListElevations),
		op(Operation{
			Name: "showElevation", About: "Show an elevation with its terms and timeline",
			May: []Role{Requester, Holder, Approver, Owner, Operator, Reviewer, Reader}, Repeats: true,
			Fails: []Kind{NotFound, Unavailable},
		}, ShowElevation),
		op(Operation{
			Name: "showUsage", About: "Show what the sessions of an elevation did",
			May: []Role{Requester, Holder, Approver, Owner, Operator, Reviewer, Reader}, Repeats: true,
			Fails: []Kind{NotFound, Unavailable},
		}, ShowUsage),
		op(Operation{
			Name: "listReviews", About: "List reviews that are due",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Invalid, Unavailable},
		}, ListReviews),
		op(Operation{
			Name: "showReview", About: "Show what the reviewer of an elevation signs",
			May: []Role{Requester, Reviewer, Owner, Operator}, Repeats: true,
			Fails: []Kind{Denied, NotFound, Unavailable},
		}, ShowReview),
		op(Operation{
			Name: "listEntitlements", About: "List entitlements that the caller may request",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Unavailable},
		}, ListEntitlements),
		op(Operation{
			Name: "showEntitlement", About: "Show an entitlement, with its policy",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{NotFound, Unavailable},
		}, ShowEntitlement),
		op(Operation{
			Name: "tryElevation", About: "Try a request without storing it",
			May: []Role{Anyone}, Pace: Tries, Repeats: true,
			Fails: []Kind{Invalid, Unavailable},
		}, TryElevation),
		op(Operation{
			Name: "listEvidence", About: "List records of evidence",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Invalid, Denied, NotFound, Unavailable},
		}, ListEvidence),
		op(Operation{
			Name: "whoCould", About: "List elevations that allowed a call at an instant",
			May: []Role{Anyone}, Repeats: true,
			Fails: []Kind{Invalid, Unavailable},
		}, WhoCould),
		op(Operation{
			Name: "me", About: "Show the caller",
			May: []Role{Anyone}, Repeats: true,
		}, WhoAmI),
	}
}

var change = []Kind{Invalid, Denied, NotFound, Conflict, Unavailable}
