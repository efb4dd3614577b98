package permissions

import (
	"slices"

	"curfew/shared/iampolicy"
)

// spellings are the forms of the tag key that IAM treats as one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func spellings() []string {
	return []string{"curfew:managed", "CURFEW:managed", "curfew:MANAGED", "CURFEW:MANAGED", "Curfew:Managed", "cUrFeW:mAnAgEd"}
}

// ofAnotherTag: another tag, on an unmarked principal.
const ofAnotherTag = "of another tag"

// onMarks are attempts to add, remove or hide the mark, in every spelling.
func onMarks() []attempt {
	var all []attempt
	for _, key := range spellings() {
		all = append(all, onMark(key)...)
		all = append(all, onMarkedAs(key)...)
	}
	// Other tags of a marked principal may decide its permissions.
	marked, others := withTags(target(true, true, ""), "team"), []attempt{
		{context: withTags(target(false, false, ""), "team"), what: ofAnotherTag, may: []string{elevated}, why: whyOthers},
		{context: withTags(target(false, true, ""), "team"), what: ofAnotherTag, may: []string{elevated}, why: whyBounded},
	}
	all = append(all, each(attempt{resource: aRole, context: marked, what: "of another tag, where the mark is"}, "iam:TagRole", "iam:UntagRole")...)
	all = append(all, each(attempt{resource: aUser, context: marked, what: "of another tag, where the mark is"}, "iam:TagUser", "iam:UntagUser")...)
	for _, like := range others {
		like.resource = aRole
		all = append(all, each(like, "iam:TagRole", "iam:UntagRole")...)
		like.resource = aUser
		all = append(all, each(like, "iam:TagUser", "iam:UntagUser")...)
	}
	return all
}

// onMark are the requests that name the mark.
func onMark(key string) []attempt {
	what := "of Curfew's mark as " + key
	return slices.Concat(
		each(attempt{resource: aRole, context: withTags(target(true, true, ""), key), what: what}, "iam:TagRole", "iam:UntagRole"),
		each(attempt{resource: aUser, context: withTags(target(true, true, ""), key), what: what}, "iam:TagUser", "iam:UntagUser"),
		each(attempt{resource: aRole, context: withTags(target(false, true, ""), key), what: what + ", where it is not yet"}, "iam:TagRole"),
		each(attempt{resource: aUser, context: withTags(target(false, true, ""), key), what: what + ", where it is not yet"}, "iam:TagUser"),
		each(attempt{resource: aRole, context: withTags(target(false, false, ""), key), what: what + ", where nothing is yet"}, "iam:TagRole"),
		each(attempt{resource: aUser, context: withTags(target(false, false, ""), key), what: what + ", where nothing is yet"}, "iam:TagUser"),
		each(attempt{resource: aRole, context: withTags(target(false, true, ""), key), what: "with Curfew's mark as " + key}, "iam:CreateRole"),
		each(attempt{resource: aUser, context: withTags(target(false, true, ""), key), what: "with Curfew's mark as " + key}, "iam:CreateUser"),
	)
}

// onMarkedAs are attempts on a principal whose mark has this spelling.
func onMarkedAs(key string) []attempt {
	bears, what := target(false, true, ""), "where the mark is "+key
	bears["aws:ResourceTag/"+key] = []string{"true"}
	return slices.Concat(
		each(attempt{resource: aRole, context: withTags(bears, "team"), what: what}, "iam:TagRole", "iam:UntagRole"),
		each(attempt{resource: aUser, context: withTags(bears, "team"), what: what}, "iam:TagUser", "iam:UntagUser"),
		each(attempt{resource: aRole, context: bears, what: what}, "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
		each(attempt{resource: aUser, context: bears, what: what}, "iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
		each(attempt{resource: aRole, context: bears, what: what}, "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"),
		each(attempt{resource: aRole, context: bears, what: what, may: []string{"member-contain", "member-grant"}, why: "grant adds, and contain puts what is closed in its place"}, "iam:PutRolePolicy"),
		each(attempt{resource: aRole, context: bears, what: what, may: []string{"member-revoke"}, why: "revoke removes"}, "iam:DeleteRolePolicy"),
	)
}

// withTags is the context of a request that names tags: one of another, and this one.
func withTags(on iampolicy.Context, key string) iampolicy.Context {
	c := iampolicy.Context{"aws:TagKeys": {"cost-center", key}, "aws:RequestTag/cost-center": {"1"}, "aws:RequestTag/" + key: {"true"}}
	for k, v := range on {
		c[k] = v
	}
	return c
}
