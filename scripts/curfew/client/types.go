package client

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"curfew/shared/api"
	"curfew/shared/fault"
)

// The shapes of the API are those of package api.
type (
	Me               = api.Me
	Caller           = api.Caller
	Entitlement      = api.Entitlement
	EntitlementShown = api.EntitlementShown
	Trial            = api.Trial
	Room             = api.Room
	TaskRule         = api.TaskRule
	ApprovalRule     = api.ApprovalRule
	Request          = api.NewElevation
	TaskRef          = api.TaskRef
	Task             = api.Task
	Session          = api.Session
	Approval         = api.Approval
	ApprovalStep     = api.ApprovalStep
	Budget           = api.Budget
	Elevation        = api.Elevation
	Page             = api.Page
	Filter           = api.Filter
	Detail           = api.Detail
	Usage            = api.Usage
	UsedNames        = api.UsedNames
	UsedName         = api.UsedName
	UsedSession      = api.UsedSession
	Terms            = api.Terms
	Difference       = api.Difference
	Decide           = api.Decide
	Decision         = api.Decision
	Receipt          = api.Receipt
	Principal        = api.Principal
	Call             = api.Call
	Review           = api.Review
	ReviewShown      = api.ReviewShown
	AllowedAction    = api.AllowedAction
	OpenReview       = api.OpenReview
	ReviewPage       = api.ReviewPage
	ReviewFilter     = api.ReviewFilter
	Finding          = api.Finding
	FindingAct       = api.FindingAct
	FindingFilter    = api.FindingFilter
	FindingPage      = api.FindingPage
	CampaignItem     = api.CampaignItem
	CampaignAnswer   = api.CampaignAnswer
	CampaignFilter   = api.CampaignFilter
	CampaignPage     = api.CampaignPage
	Delegation       = api.Delegation
	NewDelegation    = api.NewDelegation
	DelegationEnd    = api.DelegationEnd
	InStead          = api.InStead
	CampaignScore    = api.CampaignScore
	CampaignTrend    = api.CampaignTrend
	Evidence         = api.Evidence
	AuditFilter      = api.AuditFilter
	AuditRecord      = api.AuditRecord
	AuditPage        = api.AuditPage
	PowerQuery       = api.PowerQuery
	Power            = api.Power
	PowerPage        = api.PowerPage
	Scope            = api.Scope
	EndAll           = api.EndAll
	Reach            = api.Reach
	Suspend          = api.Suspend
	Lift             = api.Lift
	Suspension       = api.Suspension
	Account          = api.Account
	NewReport        = api.NewReport
	ReportFile       = api.ReportFile
	RecordedReport   = api.RecordedReport
	AccountChange    = api.AccountChange
	CatalogState     = api.CatalogState
	CatalogSignature = api.CatalogSignature
	Problem          = api.Problem
	Known            = fault.Known
	Mistake          = fault.Mistake
)

// The decisions there are.
const (
	Approve  = api.Approve
	Deny     = api.Deny
	Withdraw = api.Withdraw
)

// queryOf is a filter as parameters of a query.
func queryOf(f any) (url.Values, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, err
	}
	q := url.Values{}
	for name, value := range members {
		var text string
		if json.Unmarshal(value, &text) != nil { // a number
			text = strings.TrimSpace(string(value))
		}
		q.Set(name, text)
	}
	return q, nil
}

// instant is a time as the API takes it. The zero time stays zero.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
