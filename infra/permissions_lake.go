package main

import "cmp"

// lakeObjects are all that archive writes to the lake.
func (s resourcePolicies) lakeObjects() []string {
	bucket := "arn:aws:s3:::" + s.Log.lake(s.Names)
	return []string{bucket + "/json/*", bucket + "/parquet/*", bucket + "/compacted/*", bucket + "/ocsf/*"}
}

// allowKeepLake cannot delete: what the lake shows of a day is replaced whole.
func (s logWriter) allowKeepLake() []statement {
	there := inAccount(cmp.Or(s.Log.Account, "${AWS::AccountId}"))
	return []statement{
		{sid: "KeepLake", actions: []string{"s3:GetObject", "s3:PutObject"}, resources: resourcePolicies(s).lakeObjects(), when: there},
		{sid: "SeeLake", actions: []string{"s3:ListBucket"}, resources: []string{"arn:aws:s3:::" + s.Log.lake(s.Names)}, when: there},
	}
}

// lakeBucketPolicy lets only archive write, and deployers, who rebuild the lake. False rows would mislead who asks it; the log
// would not.
func (s resourcePolicies) lakeBucketPolicy() []statement {
	bucket, home := "arn:aws:s3:::"+s.Log.lake(s.Names), "${AWS::AccountId}"
	if s.Log.Bucket != "" {
		home = s.Home
	}
	writers := s.allButDeployers()
	writers["ArnNotEquals"] = map[string][]string{"aws:PrincipalArn": {s.archiveRole(home)}}
	anyone, objects := map[string]string{"AWS": "*"}, []string{bucket + "/*"}
	all := []statement{
		denyWithoutTLS("s3:*", bucket, bucket+"/*"),
		{sid: "OnlyArchive", effect: deny, principal: anyone, actions: []string{"s3:PutObject"}, resources: objects, when: writers},
		{sid: "NothingElse", effect: deny, principal: anyone, notActions: []string{"s3:Get*", "s3:List*", "s3:PutObject"}, resources: objects, when: s.allButDeployers()},
		s.onlyDeployers(bucket),
	}
	if s.Log.Bucket == "" {
		return all
	}
	root := map[string]string{"AWS": "arn:aws:iam::" + home + ":root"}
	readers := conditions{"ArnEquals": {"aws:PrincipalArn": append([]string{s.archiveRole(home)}, s.Log.LakeReaders...)}}
	return append(all,
		statement{sid: "Home", principal: root, actions: []string{"s3:GetObject"}, resources: objects, when: readers},
		statement{sid: "HomeLists", principal: root, actions: []string{"s3:GetBucketLocation", "s3:ListBucket"}, resources: []string{bucket}, when: readers},
		statement{sid: "Archive", principal: root, actions: []string{"s3:PutObject"}, resources: s.lakeObjects(), when: conditions{"ArnEquals": {"aws:PrincipalArn": {s.archiveRole(home)}}}})
}

// resultsBucketPolicy lets only Athena write, for who asks: others could replace an answer.
// https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena-calledvia.html
func (s resourcePolicies) resultsBucketPolicy() []statement {
	bucket := "arn:aws:s3:::" + s.Log.results(s.Names)
	anyone, objects := map[string]string{"AWS": "*"}, []string{bucket + "/*"}
	writes := []string{"s3:AbortMultipartUpload", "s3:PutObject"}
	return []statement{
		denyWithoutTLS("s3:*", bucket, bucket+"/*"),
		{sid: "OnlyAthena", effect: deny, principal: anyone, actions: writes, resources: objects, when: conditions{"ForAllValues:StringNotEquals": {"aws:CalledVia": {"athena.amazonaws.com"}}}},
		{sid: "NothingElse", effect: deny, principal: anyone, notActions: append([]string{"s3:Get*", "s3:List*"}, writes...), resources: objects, when: s.allButDeployers()},
		s.onlyDeployers(bucket),
	}
}

// lakeReader is a security team.
type lakeReader Settings

// permissions let a role ask the lake, and nothing else. Where Lake Formation governs the catalog, it must grant SELECT on the
// database too. Athena also wants the database default.
// https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
func (s lakeReader) permissions() []statement {
	database, lake, results := s.Log.database(s.Names), "arn:aws:s3:::"+s.Log.lake(s.Names), "arn:aws:s3:::"+s.Log.results(s.Names)
	there, here := inAccount(cmp.Or(s.Log.Account, "${AWS::AccountId}")), inAccount("${AWS::AccountId}")
	return []statement{
		{sid: "Ask", resources: []string{inHome("athena", "workgroup/"+s.resource("audit"))}, actions: []string{
			"athena:BatchGetNamedQuery", "athena:BatchGetQueryExecution", "athena:GetNamedQuery", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetQueryResultsStream",
			"athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListNamedQueries", "athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution",
		}},
		{sid: "Tables", actions: []string{"glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables"}, resources: []string{
			inHome("glue", "catalog"), inHome("glue", "database/default"), inHome("glue", "database/"+database), inHome("glue", "table/"+database+"/*"),
		}},
		{sid: "Rows", actions: []string{"s3:GetObject"}, resources: resourcePolicies(s).lakeObjects(), when: there},
		{sid: "Lake", actions: []string{"s3:GetBucketLocation", "s3:ListBucket"}, resources: []string{lake}, when: there},
		{sid: "Answers", actions: []string{"s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"}, resources: []string{results + "/*"}, when: here},
		{sid: "Results", actions: []string{"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"}, resources: []string{results}, when: here},
	}
}
