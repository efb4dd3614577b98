// Package delegation stores who decides in the stead of an approver who is away. A delegation gives no group: package access
// asks the rule and policy about both people.
package delegation
