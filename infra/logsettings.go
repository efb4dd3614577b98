package main

import (
	"regexp"
	"strconv"
	"strings"
)

// Log has the settings of the log of evidence.
type Log struct {
	// Bucket is in another account, whose stack <name>-log makes it. Empty: the bucket is at home. Choose before the first
	// deployment: a log stays in its bucket.
	Bucket string
	// Account has that bucket.
	Account string
	// Retention is how long Object Lock keeps each version: 7y, or 1d.
	Retention string
	// Lock is governance, or compliance: then not even AWS can delete a version before its time.
	Lock string
	// Keys sign checkpoints, each of them all: numbers of keys that the stack makes, or ARNs of others. Two while keys are
	// rotated.
	Keys []string
	// Readers are roles, in any account, that may read the bucket.
	Readers []string
	// LakeReaders are roles of home that may read a lake outside it.
	LakeReaders []string
	// ScanGB is what a query of the lake may read, in gigabytes.
	ScanGB int
	// OCSF is the version of the schema of the lake's events. Empty: no events are written.
	OCSF string
	// Witness is the submission prefix of a witness, WitnessKey its verifier key. Empty: none.
	Witness, WitnessKey string
}

// defaultLog keeps evidence as long as the longest of the usual retentions: seven years, of SOX.
func defaultLog() Log {
	return Log{Retention: "7y", Lock: "governance", Keys: []string{"1"}, ScanGB: 10}
}

var (
	isBucket    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,56}[a-z0-9]$`) // with -lake at most 63; no dots: its name is in a TLS certificate's wildcard
	isOCSF      = regexp.MustCompile(`^1\.(8\.0|9\.0(-dev)?)$`)           // shared/ocsf/rows
	isRetention = regexp.MustCompile(`^([1-9][0-9]{0,4}d|[1-9][0-9]?y)$`)
	isLogKey    = regexp.MustCompile(`^([1-9][0-9]?|arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$`)
	isVerifier  = regexp.MustCompile(`^[!-*,-~]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$`)
	isReader    = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	isHTTPS     = regexp.MustCompile(`^https://[!-~]+$`)
)

func (l Log) check(wrong *problems) {
	one(wrong, "logBucket", l.Bucket, isBucket)
	if one(wrong, "logRetention", l.Retention, isRetention); isRetention.MatchString(l.Retention) {
		if days, _ := l.retention(); days > maxLockDays {
			wrong.addf("logRetention is %s, more than the %d days of Object Lock: give years, at most 99y", l.Retention, maxLockDays)
		}
	}
	one(wrong, "witness", l.Witness, isHTTPS)
	one(wrong, "witnessKey", l.WitnessKey, isVerifier)
	each(wrong, "logKeys", l.Keys, isLogKey)
	each(wrong, "logReaders", l.Readers, isReader)
	each(wrong, "lakeReaders", l.LakeReaders, isReader)
	if l.Lock != "governance" && l.Lock != "compliance" {
		wrong.addf("logLock is %q, neither governance nor compliance", l.Lock)
	}
	one(wrong, "ocsf", l.OCSF, isOCSF)
	if l.ScanGB < 1 || l.ScanGB > 1000 {
		wrong.addf("lakeScanGB is %d, not 1 to 1000", l.ScanGB)
	}
	if len(l.Keys) == 0 || len(l.Keys) > 2 {
		wrong.addf("logKeys has %d keys: set one, or two while keys are rotated", len(l.Keys))
	}
	if (l.Witness == "") != (l.WitnessKey == "") {
		wrong.addf("witness and witnessKey go together: set both, or neither")
	}
	if (l.Bucket == "") != (l.Account == "") {
		wrong.addf("logBucket and logAccount go together: set both, or neither")
	}
}

// maxLockDays: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
const maxLockDays = 36_500

func (l Log) bucket(n Names) string {
	if l.Bucket != "" {
		return l.Bucket
	}
	return n.resource("log-${AWS::AccountId}-${AWS::Region}")
}

// lake is the name of the bucket beside it.
func (l Log) lake(n Names) string {
	if l.Bucket != "" {
		return l.Bucket + "-lake"
	}
	return n.resource("lake-${AWS::AccountId}-${AWS::Region}")
}

// database: Athena allows no hyphen in the name of one.
func (Log) database(n Names) string { return strings.ReplaceAll(n.resource("audit"), "-", "_") }

func (Log) results(n Names) string { return n.resource("results-${AWS::AccountId}-${AWS::Region}") }

func (Log) stage(n Names) string { return n.resource("stage-${AWS::AccountId}-${AWS::Region}") }

// origin is the log's name in checkpoints. The names of buckets are unique in AWS.
func (l Log) origin(n Names) string { return l.bucket(n) + ".s3.${AWS::Region}.amazonaws.com" }

func (l Log) made() []string {
	var all []string
	for _, k := range l.Keys {
		if !strings.HasPrefix(k, "arn:") {
			all = append(all, k)
		}
	}
	return all
}

// keyARNs are for home's templates.
func (l Log) keyARNs() []string {
	var all []string
	for _, k := range l.Keys {
		if !strings.HasPrefix(k, "arn:") {
			k = "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${LogKey" + k + "}"
		}
		all = append(all, k)
	}
	return all
}

// retention returns days or years; the other is 0.
func (l Log) retention() (days, years int) {
	n, _ := strconv.Atoi(l.Retention[:len(l.Retention)-1]) // checked
	if strings.HasSuffix(l.Retention, "y") {
		return 0, n
	}
	return n, 0
}
