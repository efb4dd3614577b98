package trail

import (
	"slices"
	"strings"
)

func variableValues(r *Record, service, kind, variable string, into []string) []string {
	if strings.HasSuffix(variable, "WithPath") {
		return withPath(r, variable, into)
	}
	names, self := parameterNames(service, kind, variable)
	for i := 0; i < len(names) || i == 0 && self; i++ {
		name := variable
		if !self {
			name = names[i]
		}
		values := r.parameterValues(name, service == "ec2", into)
		if len(values) == 0 {
			values = r.parameterValues(name+"s", false, into)
		}
		for i := range values {
			ok := false
			if values[i], ok = normalValue(r, service, kind, variable, values[i]); !ok {
				return nil
			}
		}
		if len(values) > 0 {
			return values
		}
	}
	if d := defaultValue(service, kind, variable); d != "" {
		return append(into, d)
	}
	return nil
}

// generic are variable names that say too little: a parameter of that name may be another thing.
var generic = []string{"ResourceId", "Id", "Name", "Token", "Type", "ResourceType", "ResourceName", "AccountId", "Version", "Path"}

// parameterNames are those that a variable has in the parameters of its service. Self: it has its own name there.
func parameterNames(service, kind, variable string) (names []string, self bool) {
	for _, p := range parametersOf {
		if p.service == service && p.kind == kind && p.variable == variable {
			return p.names, false
		}
	}
	return nil, !slices.Contains(generic, variable)
}

// withPath gives the path and name of an IAM resource that the event makes, or of the caller. Others' paths are not in
// the parameters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func withPath(r *Record, variable string, into []string) []string {
	kind := strings.TrimSuffix(variable, "WithPath")
	name, named := r.parameter(kind)
	if own := ownName(r, kind, name, named); own != "" {
		return append(into, own)
	}
	if what, ok := strings.CutPrefix(r.Name, "Create"); !ok || what != strings.TrimSuffix(kind, "Name") {
		return nil
	}
	path, _ := r.parameter("path")
	if name == "" || strings.ContainsAny(name+path, ":*?") {
		return nil
	}
	return append(into, strings.TrimPrefix(path, "/")+name)
}

// aboutSelf are operations of IAM that are about the caller if they name no user.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html and those of the others
const aboutSelf = "ChangePassword CreateAccessKey DeleteAccessKey GetUser ListAccessKeys ListMFADevices ListSSHPublicKeys ListServiceSpecificCredentials " +
	"ListSigningCertificates UpdateAccessKey UpdateSigningCertificate UploadSigningCertificate DeleteSigningCertificate"

// ownName gives the caller's path and name, if the event is about the caller. A failed call may lack its parameters.
func ownName(r *Record, kind, name string, named bool) string {
	d := &r.Identity
	var arn, own, of string
	switch {
	case kind == "UserName" && d.Type == "IAMUser" && d.Account == r.Account:
		arn, own, of = d.ARN, d.UserName, ":user/"
	case kind == "RoleName" && d.Type == "AssumedRole" && d.Issuer.Account == r.Account:
		arn, own, of = d.Issuer.ARN, d.Issuer.UserName, ":role/"
	}
	_, path, found := strings.Cut(arn, of)
	if !found || of == "" || own == "" {
		return ""
	}
	if named && name == own || !named && kind == "UserName" && r.Error == "" && hasWord(aboutSelf, r.Name) {
		return path
	}
	return ""
}
