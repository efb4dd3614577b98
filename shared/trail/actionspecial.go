package trail

import (
	"net/url"
	"strings"
)

// copyCalls are those of CopyObject and UploadPartCopy, which write bucketName and key and read x-amz-copy-source. The
// list of resources does not tell them apart.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func copyCalls(r *Record) []Call {
	source, _ := r.parameter("x-amz-copy-source")
	source, version, versioned := strings.Cut(source, "?versionId=")
	read := Call{Action: "s3:GetObject"}
	if versioned && version != "" {
		read.Action = "s3:GetObjectVersion"
	}
	if name, err := url.PathUnescape(strings.TrimPrefix(source, "/")); err == nil && !strings.HasPrefix(name, "arn:") && strings.Contains(name, "/") {
		read.Resource = "arn:" + partition(r.Region) + ":s3:::" + name
	}
	write := Call{Action: "s3:PutObject"}
	bucket, _ := r.parameter("bucketName")
	key, _ := r.parameter("key")
	if bucket != "" && key != "" && !strings.Contains(bucket, ":") {
		write.Resource = "arn:" + partition(r.Region) + ":s3:::" + bucket + "/" + key
	}
	return []Call{read, write}
}

// statementCalls are those of PartiQL statements.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
func statementCalls(r *Record) []Call {
	var calls []Call
	for _, text := range r.parameterValues("statement", true, nil) {
		word, _, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), " ")
		needs := map[string]string{"select": "PartiQLSelect", "insert": "PartiQLInsert", "update": "PartiQLUpdate", "delete": "PartiQLDelete"}[strings.ToLower(word)]
		if s, ok := compileStep("dynamodb:" + needs + "#table"); ok {
			// The statement is not parsed: of several tables one is unknown, and a name with a dot may be an index.
			tables := s.appendTo(nil, r)
			if len(tables) > 1 || strings.Contains(text, ".") {
				tables = []Call{{Action: s.action}}
			}
			calls = appendCall(calls, tables[0])
		}
	}
	return bounded(calls)
}

// transactionCalls are those of TransactWriteItems and TransactGetItems: each item has an operation and a table.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-iam
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html
func transactionCalls(r *Record) []Call {
	var calls []Call
	add := func(operation, item string) {
		if len(calls) > maxResources {
			return
		}
		action := ""
		switch strings.ToLower(operation) {
		case "put":
			action = "dynamodb:PutItem"
		case "update":
			action = "dynamodb:UpdateItem"
		case "delete":
			action = "dynamodb:DeleteItem"
		case "conditioncheck":
			action = "dynamodb:ConditionCheckItem"
		case "get":
			action = "dynamodb:GetItem"
		default:
			return
		}
		table, _ := parameter(item, "tableName")
		switch {
		case table == "", strings.HasPrefix(table, "arn:"):
		case r.Account == "" || r.otherOwner():
			table = ""
		default:
			table = "arn:" + partition(r.Region) + ":dynamodb:" + r.Region + ":" + r.Account + ":table/" + table
		}
		calls = appendCall(calls, Call{Action: action, Resource: table})
	}
	for _, list := range [...]string{"requestItems", "transactItems"} {
		eachItem(r.Parameters, list, func(item string) {
			operation, ok := parameter(item, "operation")
			if ok {
				add(operation, item)
			} else if strings.HasSuffix(r.Name, "GetItems") {
				if _, ok := parameter(item, "tableName"); ok {
					add("get", item)
				}
			}
			eachObject(item, add)
		})
	}
	return bounded(calls)
}

// bounded gives up the resources of an event with too many.
func bounded(calls []Call) []Call {
	if len(calls) <= maxResources {
		return calls
	}
	var few []Call
	for _, c := range calls {
		few = appendCall(few, Call{Action: c.Action, Many: true})
	}
	return few
}
