package httpapi

type route struct {
	method, path string
	operation    string // empty: openapi.json, for anyone
	takes        takes
}

// takes is the source of an input, besides the path.
type takes int

const (
	nothing takes = iota
	body
	bodyAndKey // with the header Idempotency-Key
	query
)

func routes() []route {
	return []route{
		{"POST", "/v1/elevations", "requestElevation", bodyAndKey},
		{"GET", "/v1/elevations", "listElevations", query},
		{"GET", "/v1/elevations/{id}", "showElevation", nothing},
		{"GET", "/v1/elevations/{id}/usage", "showUsage", nothing},
		{"POST", "/v1/elevations/{id}/decisions", "decideElevation", body},
		{"POST", "/v1/elevations/{id}/end", "endElevation", nothing},
		{"POST", "/v1/elevations/{id}/heartbeat", "heartbeat", nothing},
		{"POST", "/v1/elevations/{id}/withdraw", "withdrawElevation", nothing},
		{"POST", "/v1/elevations/{id}/acknowledge", "acknowledgeElevation", nothing},
		{"GET", "/v1/elevations/{id}/review", "showReview", nothing},
		{"POST", "/v1/elevations/{id}/review", "signReview", body},
		{"GET", "/v1/reviews", "listReviews", query},
		{"POST", "/v1/ends", "endAll", body},
		{"GET", "/v1/suspensions", "listSuspensions", nothing},
		{"POST", "/v1/suspensions", "suspend", body},
		{"POST", "/v1/suspensions/lift", "liftSuspension", body},
		{"GET", "/v1/accounts", "listAccounts", nothing},
		{"POST", "/v1/accounts", "addAccount", body},
		{"POST", "/v1/accounts/remove", "removeAccount", body},
		{"GET", "/v1/catalog", "showCatalog", nothing},
		{"POST", "/v1/catalog/signature", "signCatalog", body},
		{"GET", "/v1/campaigns", "listCampaignItems", query},
		{"GET", "/v1/campaigns/{id}", "showCampaignItem", nothing},
		{"POST", "/v1/campaigns/{id}/answer", "answerCampaignItem", body},
		{"POST", "/v1/delegations", "makeDelegation", body},
		{"GET", "/v1/delegations", "listDelegations", nothing},
		{"POST", "/v1/delegations/end", "endDelegation", body},
		{"GET", "/v1/findings", "listFindings", query},
		{"GET", "/v1/findings/{id}", "showFinding", nothing},
		{"POST", "/v1/findings/{id}/acknowledge", "acknowledgeFinding", body},
		{"POST", "/v1/findings/{id}/close", "closeFinding", body},
		{"POST", "/v1/reports", "recordReport", body},
		{"GET", "/v1/entitlements", "listEntitlements", nothing},
		{"GET", "/v1/entitlements/{name}", "showEntitlement", nothing},
		{"POST", "/v1/trials", "tryElevation", bodyAndKey},
		{"GET", "/v1/audit", "listEvidence", query},
		{"GET", "/v1/audit/could", "whoCould", query},
		{"GET", "/v1/me", "me", nothing},
		{"GET", "/v1/openapi.json", "", nothing},
	}
}
