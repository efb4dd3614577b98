package correlate_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/correlate"
	"curfew/shared/fault"
)

// oneFile is a log file of today.
type oneFile struct {
	content string
	day     time.Time
}

func (f oneFile) List(_ context.Context, of string, day time.Time) ([]string, error) {
	if of != account || !day.Equal(f.day) {
		return nil, nil
	}
	return []string{"one"}, nil
}

func (f oneFile) Open(context.Context, string) (io.ReadCloser, error) {
	if f.content == "" {
		return nil, fault.Errorf(fault.NotFound, "it was removed")
	}
	return io.NopCloser(strings.NewReader(f.content)), nil
}

func TestUseOfAnUngovernedRegionIsOneFinding(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account, home}, s.own, correlate.Installation{Name: "curfew", Home: home, Regions: []string{"eu-west-1", "us-east-1"}}, nil)
		in := func(region, source, event string) string {
			_, record, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(event, `"us-east-1"`, `"`+region+`"`), "s3.amazonaws.com", source), `"detail":`)
			return strings.TrimSuffix(record, "}")
		}
		var records []string
		for range 700 {
			records = append(records, in("ap-south-1", "s3.amazonaws.com", allowed(s, "ana")))
		}
		other := s.event(mallory, "x", "s3.amazonaws.com", "DeleteBucket", nil)
		denied := s.event(accesstest.Engineer, "ana", "s3.amazonaws.com", "DeleteBucket", nil, `,"errorCode":"AccessDenied"`)
		records = append(records, in("eu-west-1", "s3.amazonaws.com", allowed(s, "ana")), in("us-west-2", "globalaccelerator.amazonaws.com", allowed(s, "ana")),
			in("sa-east-1", "s3.amazonaws.com", other), in("sa-east-1", "s3.amazonaws.com", denied), in("us-west-2", "s3.amazonaws.com", allowed(s, "ana")))
		f := oneFile{fmt.Sprintf(`{"Records":[%s]}`, strings.Join(records, ",")), s.Now().UTC().Truncate(24 * time.Hour)}
		for range 2 {
			if _, err := s.Backfill(s.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		all := s.findings(correlate.Ungoverned.Name)
		if len(all) != 2 {
			t.Fatalf("findings = %+v", all)
		}
		for _, f := range all {
			if f.Count != 1 || f.Principal != accesstest.Engineer || !strings.Contains(f.What, "in ap-south-1") && !strings.Contains(f.What, "in us-west-2") {
				t.Errorf("finding = %+v", f)
			}
		}
	})
}
