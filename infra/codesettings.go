package main

import "regexp"

// CodeSigning has the settings of signed code: see [codeSigning].
type CodeSigning struct {
	// Profiles are ARNs of versions of signing profiles. Empty: code is not signed.
	Profiles []string
	// Folder has what they signed.
	Folder string
}

var (
	isProfile = regexp.MustCompile(`^arn:aws:signer:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:/signing-profiles/[A-Za-z0-9_]{2,64}/[A-Za-z0-9]{10}$`)
	isFolder  = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}/){0,8}$`)
)

// maxProfiles: https://docs.aws.amazon.com/lambda/latest/api/API_AllowedPublishers.html
const maxProfiles = 20

func (c CodeSigning) check(wrong *problems) {
	each(wrong, "codeSigning", c.Profiles, isProfile)
	one(wrong, "signedCode", c.Folder, isFolder)
	if len(c.Profiles) > maxProfiles {
		wrong.addf("codeSigning has %d profiles, more than Lambda's %d: name fewer", len(c.Profiles), maxProfiles)
	}
	if (len(c.Profiles) == 0) != (c.Folder == "") {
		wrong.addf("codeSigning and signedCode go together, for Lambda would refuse the unsigned files of the CDK: set both, or neither")
	}
}
