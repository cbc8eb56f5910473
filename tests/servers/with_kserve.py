"""Serves a repository by KServe's model server, over HTTP and gRPC."""

import networks
from kserve import InferOutput, InferResponse, Model, ModelServer


class Served(Model):
    def __init__(self, network: networks.Network):
        super().__init__(network.name)
        self.network = network
        self.ready = True

    def get_input_types(self):
        return _told(self.network.inputs)

    def get_output_types(self):
        return _told(self.network.outputs)

    def predict(self, request, headers=None, response_headers=None):
        given = {one.name: one.as_numpy() for one in request.inputs}
        found = self.network.run(given)
        outputs = []
        for name, kind, _, _ in self.network.outputs:
            output = InferOutput(name, list(found[name].shape), kind)
            output.set_data_from_numpy(found[name])
            outputs.append(output)
        return InferResponse(
            request.id,
            self.name,
            outputs,
            use_binary_outputs=request.use_binary_outputs,
            requested_outputs=request.request_outputs,
        )


def _told(ports):
    return [{"name": name, "datatype": kind, "shape": sides} for name, kind, _, sides in ports]


if __name__ == "__main__":
    args = networks.arguments(__doc__)
    server = ModelServer(http_port=args.http_port, grpc_port=args.grpc_port, workers=1)
    server.start([Served(network) for network in networks.read(args.repository)])
