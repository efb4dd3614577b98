// Package ocsf maps findings to events of the Open Cybersecurity Schema Framework. https://schema.ocsf.io
package ocsf

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/finding"
)

// Version is the version of the schema.
const Version = "1.9.0-dev"

// DetectionFinding is class 2004. Times are milliseconds since 1970.
type DetectionFinding struct {
	ActivityID  int          `json:"activity_id"`
	CategoryUID int          `json:"category_uid"`
	ClassUID    int          `json:"class_uid"`
	TypeUID     int          `json:"type_uid"`
	Time        int64        `json:"time"`
	StartTime   int64        `json:"start_time"`
	EndTime     int64        `json:"end_time"`
	Count       int64        `json:"count"`
	Severity    string       `json:"severity"`
	SeverityID  int          `json:"severity_id"`
	Status      string       `json:"status"`
	StatusID    int          `json:"status_id"`
	IsAlert     bool         `json:"is_alert"`
	Message     string       `json:"message"`
	RiskDetails string       `json:"risk_details,omitempty"`
	Metadata    Metadata     `json:"metadata"`
	FindingInfo FindingInfo  `json:"finding_info"`
	Remediation *Remediation `json:"remediation,omitempty"`
	Resources   []Resource   `json:"resources,omitempty"`
	Cloud       *Cloud       `json:"cloud,omitempty"`
}

type Metadata struct {
	Version        string   `json:"version"`
	UID            string   `json:"uid"` // one per change of the finding
	CorrelationUID string   `json:"correlation_uid,omitempty"`
	Profiles       []string `json:"profiles,omitempty"`
	Product        Product  `json:"product"`
}

type Product struct {
	Name string `json:"name"`
	UID  string `json:"uid"` // the installation
}

type FindingInfo struct {
	UID                string         `json:"uid"`
	Title              string         `json:"title"`
	Desc               string         `json:"desc"`
	Types              []string       `json:"types"`
	Analytic           Analytic       `json:"analytic"`
	FirstSeenTime      int64          `json:"first_seen_time"`
	LastSeenTime       int64          `json:"last_seen_time"`
	ModifiedTime       int64          `json:"modified_time"`
	RelatedEvents      []RelatedEvent `json:"related_events,omitempty"`
	RelatedEventsCount int64          `json:"related_events_count"`
}

type Analytic struct {
	UID    string `json:"uid"`
	TypeID int    `json:"type_id"`
}

type RelatedEvent struct {
	UID string `json:"uid"`
}

type Remediation struct {
	Desc string `json:"desc"`
}

type Resource struct {
	UID  string `json:"uid"`
	Type string `json:"type"`
}

type Cloud struct {
	Provider string  `json:"provider"`
	Account  Account `json:"account"`
}

type Account struct {
	UID string `json:"uid"`
}

// FromFinding maps the state of a finding of this installation.
func FromFinding(installation string, was finding.Stored) DetectionFinding {
	f, state := was.Value, was.State()
	severity := slices.Index(finding.Severities(), f.Severity) + 1 // 0: Unknown
	activity := 2
	switch {
	case state == finding.Closed:
		activity = 3
	case f.Count == 1 && state == finding.Open:
		activity = 1
	}
	changed := was.ChangedAt().UnixMilli()
	d := DetectionFinding{
		ActivityID: activity, CategoryUID: 2, ClassUID: 2004, TypeUID: 200400 + activity, Time: changed,
		StartTime: f.FirstAt.UnixMilli(), EndTime: f.LastAt.UnixMilli(), Count: f.Count,
		Severity: []string{"Unknown", "Informational", "Low", "Medium", "High", "Critical"}[severity], SeverityID: severity,
		IsAlert: true, Message: f.What, RiskDetails: f.Why,
		Metadata: Metadata{Version: Version, UID: fmt.Sprintf("%s#%d", f.ID, f.Version), CorrelationUID: f.Elevation, Product: Product{Name: "Curfew", UID: installation}},
		FindingInfo: FindingInfo{
			UID: f.ID, Title: f.Kind + ": " + f.Subject, Desc: f.What, Types: []string{f.Kind}, Analytic: Analytic{UID: f.Kind, TypeID: 1},
			FirstSeenTime: f.FirstAt.UnixMilli(), LastSeenTime: f.LastAt.UnixMilli(), ModifiedTime: changed, RelatedEventsCount: f.EventCount,
		},
	}
	d.Status, d.StatusID = status(state)
	for _, id := range f.Events {
		d.FindingInfo.RelatedEvents = append(d.FindingInfo.RelatedEvents, RelatedEvent{id})
	}
	if f.Do != "" {
		d.Remediation = &Remediation{f.Do}
	}
	if f.Principal != "" {
		d.Resources = []Resource{{f.Principal, typeOf(f.Principal)}}
	}
	if f.Account != "" {
		d.Metadata.Profiles, d.Cloud = []string{"cloud"}, &Cloud{"AWS", Account{f.Account}}
	}
	return d
}

func status(s finding.State) (string, int) {
	switch s {
	case finding.Acknowledged:
		return "In Progress", 2
	case finding.Closed:
		return "Resolved", 4
	}
	return "New", 1
}

func typeOf(arn string) string {
	if strings.Contains(arn, ":user/") {
		return "AWS::IAM::User"
	}
	return "AWS::IAM::Role"
}
