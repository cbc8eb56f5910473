server = Server
    .tip = Runs networks of the model in the place of this machine: one that speaks the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server).
used = Run networks on a server
ask = Ask again
looking = The server is asked.

address = Address
    .tip = Its scheme decides how it is spoken to. Jobs are spread over several: give them with spaces between.
address-hint = grpc://HOST:8001 or http://HOST:8000
networks = Runs there
    .tip = Networks of the model, each with its name and version on the server where those are not the usual ones, as in unet=sd15-unet@2.
authorities = Authorities
    .tip = PEM file of the certificates that the server is trusted by, in the place of the usual ones.
authorities-hint = the usual ones
token = Token
    .tip = The token which the server asks for: kept in the system's keychain and never shown. A file or PENTIMENTO_SERVER_TOKEN wins over it.
keep = Keep token
forget = Forget token
kept = A token is kept for this address.
not-kept = No token is kept for this address.
token-file = Token file
    .tip = File that holds the token which the server asks for.
