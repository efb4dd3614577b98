package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// lakeOf are the inputs of home's tables and views by name.
func lakeOf(t *testing.T, s Settings) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, r := range templates(t, s)["curfew"].resourcesOf("AWS::Glue::Table") {
		input := r["TableInput"].(map[string]any)
		all[input["Name"].(string)] = input
	}
	return all
}

func TestEachTableIsInBothFormsByDay(t *testing.T) {
	for _, c := range []struct {
		s      Settings
		bucket string
	}{{exampleSettings(t), "curfew-lake-${AWS::AccountId}-${AWS::Region}"}, {outside(t), "evidence-of-curfew-lake"}} {
		all := lakeOf(t, c.s)
		for name, folder := range map[string]string{"evidence_json": "json/evidence", "evidence_parquet": "parquet/evidence", "usage_json": "json/usage", "usage_parquet": "parquet/usage", "compacted": "compacted"} {
			p, _ := all[name]["Parameters"].(map[string]any)
			want := "map[Fn::Sub:s3://" + c.bucket + "/" + folder + "/day=${!day}/]"
			if got := fmt.Sprint(p["storage.location.template"]); got != want || p["projection.enabled"] != "true" || p["projection.day.range"] != "2026-01-01,NOW+1DAY" {
				t.Errorf("%s is at %s, want %s: %v", name, got, want, p)
			}
			if keys := fmt.Sprint(all[name]["PartitionKeys"]); keys != "[map[Name:day Type:string]]" {
				t.Errorf("%s is by %s", name, keys)
			}
			storage := all[name]["StorageDescriptor"].(map[string]any)
			serde := fmt.Sprint(storage["SerdeInfo"])
			if strings.HasSuffix(name, "_parquet") != strings.Contains(serde, "Parquet") {
				t.Errorf("%s is read by %s", name, serde)
			}
		}
	}
}

// TestAViewIsWhatAthenaStores compares with the form of Athena's CREATE VIEW: Trino's types inside, Hive's outside.
func TestAViewIsWhatAthenaStores(t *testing.T) {
	v := lakeOf(t, exampleSettings(t))["evidence"]
	text, is := strings.CutPrefix(v["ViewOriginalText"].(string), "/* Presto View: ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(text, " */"))
	var inside struct {
		OriginalSQL, Catalog, Schema string
		Columns                      []struct{ Name, Type string }
	}
	if err != nil || !is || json.Unmarshal(b, &inside) != nil {
		t.Fatalf("%q, %v", v["ViewOriginalText"], err)
	}
	if fmt.Sprint(inside) != "{SELECT j.* FROM evidence_json AS j awsdatacatalog curfew_audit [{log_index bigint} {kind varchar} {day varchar}]}" {
		t.Errorf("%v", inside)
	}
	columns := fmt.Sprint(v["StorageDescriptor"].(map[string]any)["Columns"])
	if columns != "[map[Name:log_index Type:bigint] map[Name:kind Type:string] map[Name:day Type:string]]" || v["TableType"] != "VIRTUAL_VIEW" || fmt.Sprint(v["Parameters"]) != "map[comment:Presto View presto_view:true]" {
		t.Errorf("%v", v)
	}
}

// TestAQueryCouldReadMoreThanItsLimit: a client's settings must not replace those of the workgroup.
func TestAQueryCouldReadMoreThanItsLimit(t *testing.T) {
	home := templates(t, exampleSettings(t, "lakeScanGB", "3"))["curfew"]
	c := home.resourcesOf("AWS::Athena::WorkGroup")["AuditWorkGroup"]["WorkGroupConfiguration"].(map[string]any)
	if c["BytesScannedCutoffPerQuery"] != 3e9 || c["EnforceWorkGroupConfiguration"] != true {
		t.Errorf("%v", c)
	}
	for id, q := range home.resourcesOf("AWS::Athena::NamedQuery") {
		if q["WorkGroup"] != "curfew-audit" || q["Database"] != "curfew_audit" || q["Name"] != "held-at" {
			t.Errorf("%s: %v", id, q)
		}
	}
}

// TestAReaderOfTheLakeMayDoNothingElse: it reads no other bucket, and writes answers alone.
func TestAReaderOfTheLakeMayDoNothingElse(t *testing.T) {
	for _, st := range lakeReader(exampleSettings(t)).permissions() {
		for _, a := range st.actions {
			verb := strings.SplitN(a, ":", 2)[1]
			reads := strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List") || strings.HasPrefix(verb, "BatchGet")
			if !reads && !slices.Contains([]string{"athena:StartQueryExecution", "athena:StopQueryExecution", "s3:PutObject", "s3:AbortMultipartUpload"}, a) {
				t.Errorf("%s: %s", st.sid, a)
			}
		}
		for _, r := range st.resources {
			if !strings.Contains(r, "curfew") && !strings.HasSuffix(r, ":catalog") && !strings.HasSuffix(r, ":database/default") {
				t.Errorf("%s: %s", st.sid, r)
			}
			if slices.Contains(st.actions, "s3:PutObject") && !strings.HasPrefix(r, "arn:aws:s3:::curfew-results-") {
				t.Errorf("it may write %s", r)
			}
		}
	}
}

// TestHomeCouldNotReadALakeOutside: the policy of a bucket in another account must allow it.
func TestHomeCouldNotReadALakeOutside(t *testing.T) {
	log := templates(t, outside(t))["curfew-log"]
	if b := log.resourcesOf("AWS::S3::Bucket")["LakeBucket"]; b["BucketName"] != "evidence-of-curfew-lake" {
		t.Errorf("%v", b["BucketName"])
	}
	text, err := json.Marshal(log.resourcesOf("AWS::S3::BucketPolicy")["LakeBucketPolicy"])
	for _, want := range []string{"arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:role/curfew-archive", "s3:ListBucket"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

// TestAnyoneAtHomeReadALakeOutsideIt: the log beside it admits archive and its readers only.
func TestAnyoneAtHomeReadALakeOutsideIt(t *testing.T) {
	const reader = "arn:aws:iam::444455556666:role/audit"
	s := outside(t)
	s.Log.LakeReaders = []string{reader}
	n := 0
	for _, p := range resourcePolicies(s).lakeBucketPolicy() {
		if p.sid == "Home" || p.sid == "HomeLists" {
			n++
			if got := p.when["ArnEquals"]["aws:PrincipalArn"]; !slices.Equal(got, []string{resourcePolicies(s).archiveRole(s.Home), reader}) {
				t.Errorf("%s admits %v", p.sid, got)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d statements", n)
	}
}

// TestAnAnswerCouldBeReplaced by those who may put objects at home.
func TestAnAnswerCouldBeReplaced(t *testing.T) {
	for _, p := range resourcePolicies(exampleSettings(t)).resultsBucketPolicy() {
		if p.sid == "OnlyAthena" && p.effect == deny && slices.Contains(p.actions, "s3:PutObject") && slices.Equal(p.when["ForAllValues:StringNotEquals"]["aws:CalledVia"], []string{"athena.amazonaws.com"}) {
			return
		}
	}
	t.Error("others than Athena may write answers")
}

// TestRowsOfADayThatCannotBeCompactedVanished after 30 days, and compacted ones never did.
func TestRowsOfADayThatCannotBeCompactedVanished(t *testing.T) {
	for retention, want := range map[string]string{"7y": "json/ 400, parquet/ 2562, ocsf/ 2562", "1d": "json/ 30, parquet/ 30, ocsf/ 30"} {
		rules := templates(t, exampleSettings(t, "logRetention", retention))["curfew-data"].resourcesOf("AWS::S3::Bucket")["LakeBucket"]["LifecycleConfiguration"].(map[string]any)["Rules"].([]any)
		var got []string
		for _, r := range rules {
			got = append(got, fmt.Sprint(r.(map[string]any)["Prefix"], " ", r.(map[string]any)["ExpirationInDays"]))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", retention, got, want)
		}
	}
}
