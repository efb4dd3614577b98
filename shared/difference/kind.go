package difference

import (
	"slices"
	"strings"
	"sync"

	"curfew/shared/iamdata"
	"curfew/shared/outliving"
)

// Kind is a kind of risky actions.
type Kind string

// The kinds.
const (
	Escalation  Kind = "escalation"
	Trust       Kind = "trust"
	Credentials Kind = "credentials"
	LogTamper   Kind = "log tampering"
	Code        Kind = "code"
	Sharing     Kind = "sharing"
	Sessions    Kind = "sessions"
	Deletion    Kind = "deletion"
	DataOut     Kind = "data out"
)

// kinds are sorted, the worst first.
func kinds() []kindRow {
	return []kindRow{
		{Escalation, 9, "gives the principal more rights, or another identity"},
		{Trust, 9, outliving.Trust.Does()},
		{Credentials, 8, outliving.Credentials.Does()},
		{LogTamper, 8, outliving.Log.Does()},
		{Code, 7, outliving.Code.Does()},
		{Sharing, 7, outliving.Sharing.Does()},
		{Sessions, 7, outliving.Sessions.Does()},
		{Deletion, 6, "deletes"},
		{DataOut, 5, "reads data"},
	}
}

var kindTable = sync.OnceValue(kinds)

func (k Kind) risk() int {
	i := slices.IndexFunc(kindTable(), func(row kindRow) bool { return row.kind == k })
	return kindTable()[i].risk
}

type kindRow struct {
	kind Kind
	risk int
	does string
}

// Risky is a kind of risky actions that the grant adds.
type Risky struct {
	Kind  Kind   `json:"kind"`
	Does  string `json:"does"`
	Count int    `json:"count"`
	// Actions are the first 20, the best known before others; of Escalation techniques: "trust (iam:UpdateAssumeRolePolicy)".
	Actions []string `json:"actions"`
}

const mostNames = 20

// String is one line, with at most six actions, or eight techniques.
func (r Risky) String() string {
	return string(r.Kind) + ": " + list(r.Actions, r.Count, map[bool]int{true: 8, false: 6}[r.Kind == Escalation])
}

func kindsOf(a iamdata.Action) (all []Kind) {
	row, there := outliving.Lookup(a.Service + ":" + a.Name)
	if there {
		all = append(all, kindOf(row.Class))
	}
	if escalates(a, row.Class) {
		all = append(all, Escalation)
	}
	if deletes(a) {
		all = append(all, Deletion)
	}
	if readsData(a) {
		all = append(all, DataOut)
	}
	return all
}

func kindOf(c outliving.Class) Kind {
	switch c {
	case outliving.Trust:
		return Trust
	case outliving.Credentials:
		return Credentials
	case outliving.Log:
		return LogTamper
	case outliving.Sharing:
		return Sharing
	case outliving.Sessions:
		return Sessions
	}
	return Code
}

// escalates reports whether the action alone gives more rights or another identity. iam:PassRole needs code: see passes.
func escalates(a iamdata.Action, class outliving.Class) bool {
	if a.Service == "iam" && class == outliving.Trust && a.Level == iamdata.PermissionsManagement {
		return true
	}
	switch a.Service + ":" + a.Name {
	case "iam:AddUserToGroup", "iam:AddRoleToInstanceProfile", // rights of a group; a role for an instance's code
		"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential", // of another user
		"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot":
		return true
	}
	return false
}

// deletes goes by the verb, after Batch or Force: IAM has no access level for it.
func deletes(a iamdata.Action) bool {
	if a.Level != iamdata.Write && a.Level != iamdata.PermissionsManagement {
		return false
	}
	name := strings.TrimPrefix(strings.TrimPrefix(a.Name, "Batch"), "Force")
	for _, verb := range []string{"Delete", "Destroy", "Terminate", "Purge", "Wipe", "Erase", "ScheduleKeyDeletion", "Empty"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// readsData goes by a table: the level Read also describes resources, and some data has another level.
func readsData(a iamdata.Action) bool {
	return slices.ContainsFunc(dataTable()[a.Service], func(p string) bool {
		name, wild := strings.CutSuffix(p, "*")
		return a.Name == name || wild && strings.HasPrefix(a.Name, name)
	})
}

var dataTable = sync.OnceValue(dataOut)

// dataOut is the actions that return what is stored.
func dataOut() map[string][]string {
	return map[string][]string{
		"s3":                       {"GetObject", "GetObjectVersion", "GetObjectTorrent"}, // objects; GetObjectAcl and others describe
		"s3express":                {"CreateSession"},                                     // reads follow with its credentials
		"s3-object-lambda":         {"GetObject", "GetObjectVersion"},
		"dynamodb":                 {"GetItem", "BatchGetItem", "Query", "Scan", "PartiQLSelect", "GetRecords", "ExportTableToPointInTime"},
		"secretsmanager":           {"GetSecretValue", "BatchGetSecretValue"},
		"ssm":                      {"GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"},
		"kms":                      {"Decrypt", "ReEncryptFrom"}, // the data itself is elsewhere
		"rds-data":                 {"ExecuteStatement", "ExecuteSql", "BatchExecuteStatement"},
		"rds":                      {"DownloadDBLogFilePortion", "DownloadCompleteDBLogFile", "StartExportTask"},
		"redshift-data":            {"ExecuteStatement", "BatchExecuteStatement", "GetStatementResult*"},
		"athena":                   {"GetQueryResults", "GetQueryResultsStream"},
		"ebs":                      {"GetSnapshotBlock"}, // disks, without a volume
		"sqs":                      {"ReceiveMessage"},
		"kinesis":                  {"GetRecords", "SubscribeToShard"},
		"kinesisvideo":             {"GetMedia", "GetMediaForFragmentList", "GetClip"},
		"logs":                     {"GetLogEvents", "FilterLogEvents", "GetLogRecord", "GetQueryResults", "StartLiveTail", "CreateExportTask"},
		"cassandra":                {"Select"},
		"timestream":               {"Select"},
		"neptune-db":               {"ReadDataViaQuery"},
		"neptune-graph":            {"ReadDataViaQuery"},
		"es":                       {"ESHttpGet", "ESHttpPost"}, // searches are POST too
		"elasticfilesystem":        {"ClientMount"},
		"glacier":                  {"GetJobOutput"},
		"codecommit":               {"GitPull", "GetFile", "GetBlob"},
		"codeartifact":             {"GetPackageVersionAsset"},
		"ecr":                      {"BatchGetImage", "GetDownloadUrlForLayer"},
		"lambda":                   {"GetFunction"}, // a link to the code, and the environment
		"lakeformation":            {"GetDataAccess"},
		"workdocs":                 {"GetDocument", "GetDocumentVersion"},
		"appconfig":                {"GetLatestConfiguration"},
		"cognito-idp":              {"ListUsers", "AdminGetUser"}, // people
		"identitystore":            {"ListUsers", "DescribeUser"},
		"cloudtrail":               {"LookupEvents", "GetQueryResults"},
		"backup":                   {"StartRestoreJob"},
		"qldb":                     {"PartiQLSelect"},
		"healthlake":               {"ReadResource", "SearchWithGet", "SearchWithPost", "StartFHIRExportJob"},
		"transcribe":               {"GetTranscriptionJob"},
		"connect":                  {"GetContactAttributes"},
		"bedrock":                  {"Retrieve", "RetrieveAndGenerate"},
		"cloudfront-keyvaluestore": {"GetKey", "ListKeys"},
	}
}
