package oktasim

// authenticators are all that the org has. Only Server.begin, Policy.check
// and Manage read this list; everything else asks the server, whose copy is the same.
var authenticators = []*authenticator{
	passwordAuthenticator, emailAuthenticator, phoneAuthenticator, questionAuthenticator, googleAuthenticator,
	webauthnAuthenticator, oktaVerifyAuthenticator, customAppAuthenticator,
	customOTPAuthenticator, yubikeyAuthenticator, symantecAuthenticator, rsaAuthenticator, onPremAuthenticator,
	duoAuthenticator, tacAuthenticator, smartCardAuthenticator, nfcAuthenticator, externalIDPAuthenticator,
}
