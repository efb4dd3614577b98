package standing

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Credential is a user's row of a credential report.
type Credential struct {
	ARN, Account string
	Root         bool
	Password     bool // a console password is enabled
	MFA          bool
	Keys         [2]Key // without Days
}

func (c *Credential) activeKeys() (active []Key) {
	for _, k := range c.Keys {
		if k.Active {
			active = append(active, k)
		}
	}
	return active
}

// columns of a credential report: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
var columns = []string{"arn", "password_enabled", "mfa_active", "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"}

// mostCredentials bounds the rows of one report: an account has at most 5,000 users.
const mostCredentials = 100_000

// ReadCredentials adds the rows of a credential report, the CSV of GetCredentialReport, to all.
func ReadCredentials(in io.Reader, all map[string]*Credential) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("no credential report: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, name := range columns {
		if _, is := at[name]; !is {
			return fmt.Errorf("no credential report: it has no column %q", name)
		}
	}
	for range mostCredentials {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("no credential report: %w", err)
		}
		if len(row) < len(head) {
			return fmt.Errorf("no credential report: a row has %d of %d columns", len(row), len(head))
		}
		value := func(name string) string { return row[at[name]] }
		c := credential(value)
		all[c.ARN] = c
	}
	return fmt.Errorf("the credential report has more than %d rows", mostCredentials)
}

func credential(value func(string) string) *Credential {
	is := func(name string) bool { return strings.EqualFold(value(name), "true") }
	instant := func(name string) time.Time {
		t, err := time.Parse(time.RFC3339, value(name))
		if err != nil { // "N/A", "no_information"
			return time.Time{}
		}
		return t.UTC()
	}
	c := &Credential{ARN: value("arn"), Account: accountOf(value("arn")), Password: is("password_enabled"), MFA: is("mfa_active")}
	c.Root = strings.HasSuffix(c.ARN, ":root")
	for i, key := range []string{"access_key_1_", "access_key_2_"} {
		c.Keys[i] = Key{Active: is(key + "active"), Rotated: instant(key + "last_rotated"), Used: instant(key + "last_used_date")}
	}
	return c
}

func (c *Credential) keys(now time.Time) (all []Key) {
	for _, k := range c.Keys {
		if !k.Active && k.Rotated.IsZero() {
			continue
		}
		if !k.Rotated.IsZero() && !now.IsZero() {
			k.Days = max(0, int(now.Sub(k.Rotated)/(24*time.Hour)))
		}
		all = append(all, k)
	}
	return all
}

// root says what is wrong with a root user; empty: nothing.
func (c *Credential) root() string {
	switch keys := len(c.activeKeys()) > 0; {
	case keys && !c.MFA:
		return "the root user has an active access key, and no MFA"
	case keys:
		return "the root user has an active access key"
	case !c.MFA: // the report never says whether it has a password
		return "the root user has no MFA: set it, or remove the password"
	}
	return ""
}
