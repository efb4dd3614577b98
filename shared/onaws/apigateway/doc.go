// Package apigateway turns what API Gateway sends into calls of one http.Handler, and its answers back.
//
// There are two doors, because a route of API Gateway takes one authorizer: machines come by a REST API (IAM), people by
// an HTTP API (JWT). The caller is taken from what that door's authorizer wrote and from nothing else: caller.go. A
// person's token is verified here again: jwt.go.
//
// Neither event proves by itself that API Gateway sent it: whoever may invoke the function can write one. The function's
// resource policy lets API Gateway alone do that; an event that is neither door's, or both's, is refused here all the
// same.
package apigateway
