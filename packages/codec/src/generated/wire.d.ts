import * as $protobuf from "protobufjs/minimal.js";

/** Namespace raft. */
export namespace raft {

    /**
     * Properties of an Entry.
     * @deprecated Use raft.Entry.$Properties instead.
     */
    interface IEntry extends raft.Entry.$Properties {
    }

    /** Represents an Entry. */
    class Entry {

        /**
         * Constructs a new Entry.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.Entry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Entry type. */
        type: number;

        /** Entry term. */
        term: number;

        /** Entry index. */
        index: number;

        /** Entry data. */
        data: Uint8Array;

        /**
         * Encodes the specified Entry message. Does not implicitly {@link raft.Entry.verify|verify} messages.
         * @param message Entry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.Entry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Entry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.Entry & raft.Entry.$Shape} Entry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.Entry & raft.Entry.$Shape;
    }

    namespace Entry {

        /** Properties of an Entry. */
        interface $Properties {

            /** Entry type */
            type?: (number|null);

            /** Entry term */
            term?: (number|null);

            /** Entry index */
            index?: (number|null);

            /** Entry data */
            data?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Entry. */
        type $Shape = raft.Entry.$Properties;
    }

    /**
     * Properties of a ConfState.
     * @deprecated Use raft.ConfState.$Properties instead.
     */
    interface IConfState extends raft.ConfState.$Properties {
    }

    /** Represents a ConfState. */
    class ConfState {

        /**
         * Constructs a new ConfState.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.ConfState.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfState voters. */
        voters: number[];

        /** ConfState learners. */
        learners: number[];

        /** ConfState votersOutgoing. */
        votersOutgoing: number[];

        /** ConfState learnersNext. */
        learnersNext: number[];

        /** ConfState autoLeave. */
        autoLeave: boolean;

        /**
         * Encodes the specified ConfState message. Does not implicitly {@link raft.ConfState.verify|verify} messages.
         * @param message ConfState message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.ConfState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfState message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.ConfState & raft.ConfState.$Shape} ConfState
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.ConfState & raft.ConfState.$Shape;
    }

    namespace ConfState {

        /** Properties of a ConfState. */
        interface $Properties {

            /** ConfState voters */
            voters?: (number[]|null);

            /** ConfState learners */
            learners?: (number[]|null);

            /** ConfState votersOutgoing */
            votersOutgoing?: (number[]|null);

            /** ConfState learnersNext */
            learnersNext?: (number[]|null);

            /** ConfState autoLeave */
            autoLeave?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfState. */
        type $Shape = raft.ConfState.$Properties;
    }

    /**
     * Properties of a SnapshotMetadata.
     * @deprecated Use raft.SnapshotMetadata.$Properties instead.
     */
    interface ISnapshotMetadata extends raft.SnapshotMetadata.$Properties {
    }

    /** Represents a SnapshotMetadata. */
    class SnapshotMetadata {

        /**
         * Constructs a new SnapshotMetadata.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.SnapshotMetadata.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SnapshotMetadata confState. */
        confState?: (raft.ConfState.$Properties|null);

        /** SnapshotMetadata index. */
        index: number;

        /** SnapshotMetadata term. */
        term: number;

        /**
         * Encodes the specified SnapshotMetadata message. Does not implicitly {@link raft.SnapshotMetadata.verify|verify} messages.
         * @param message SnapshotMetadata message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.SnapshotMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SnapshotMetadata message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.SnapshotMetadata & raft.SnapshotMetadata.$Shape} SnapshotMetadata
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.SnapshotMetadata & raft.SnapshotMetadata.$Shape;
    }

    namespace SnapshotMetadata {

        /** Properties of a SnapshotMetadata. */
        interface $Properties {

            /** SnapshotMetadata confState */
            confState?: (raft.ConfState.$Properties|null);

            /** SnapshotMetadata index */
            index?: (number|null);

            /** SnapshotMetadata term */
            term?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SnapshotMetadata. */
        type $Shape = raft.SnapshotMetadata.$Properties;
    }

    /**
     * Properties of a Snapshot.
     * @deprecated Use raft.Snapshot.$Properties instead.
     */
    interface ISnapshot extends raft.Snapshot.$Properties {
    }

    /** Represents a Snapshot. */
    class Snapshot {

        /**
         * Constructs a new Snapshot.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.Snapshot.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Snapshot data. */
        data: Uint8Array;

        /** Snapshot metadata. */
        metadata?: (raft.SnapshotMetadata.$Properties|null);

        /**
         * Encodes the specified Snapshot message. Does not implicitly {@link raft.Snapshot.verify|verify} messages.
         * @param message Snapshot message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.Snapshot.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Snapshot message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.Snapshot & raft.Snapshot.$Shape} Snapshot
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.Snapshot & raft.Snapshot.$Shape;
    }

    namespace Snapshot {

        /** Properties of a Snapshot. */
        interface $Properties {

            /** Snapshot data */
            data?: (Uint8Array|null);

            /** Snapshot metadata */
            metadata?: (raft.SnapshotMetadata.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Snapshot. */
        type $Shape = raft.Snapshot.$Properties;
    }

    /**
     * Properties of a Message.
     * @deprecated Use raft.Message.$Properties instead.
     */
    interface IMessage extends raft.Message.$Properties {
    }

    /** Represents a Message. */
    class Message {

        /**
         * Constructs a new Message.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.Message.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Message type. */
        type: number;

        /** Message to. */
        to: number;

        /** Message from. */
        from: number;

        /** Message term. */
        term: number;

        /** Message logTerm. */
        logTerm: number;

        /** Message index. */
        index: number;

        /** Message entries. */
        entries: raft.Entry.$Properties[];

        /** Message commit. */
        commit: number;

        /** Message snapshot. */
        snapshot?: (raft.Snapshot.$Properties|null);

        /** Message reject. */
        reject: boolean;

        /** Message rejectHint. */
        rejectHint: number;

        /** Message context. */
        context: Uint8Array;

        /** Message vote. */
        vote: number;

        /** Message responses. */
        responses: raft.Message.$Properties[];

        /**
         * Encodes the specified Message message. Does not implicitly {@link raft.Message.verify|verify} messages.
         * @param message Message message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.Message.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Message message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.Message & raft.Message.$Shape} Message
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.Message & raft.Message.$Shape;
    }

    namespace Message {

        /** Properties of a Message. */
        interface $Properties {

            /** Message type */
            type?: (number|null);

            /** Message to */
            to?: (number|null);

            /** Message from */
            from?: (number|null);

            /** Message term */
            term?: (number|null);

            /** Message logTerm */
            logTerm?: (number|null);

            /** Message index */
            index?: (number|null);

            /** Message entries */
            entries?: (raft.Entry.$Properties[]|null);

            /** Message commit */
            commit?: (number|null);

            /** Message snapshot */
            snapshot?: (raft.Snapshot.$Properties|null);

            /** Message reject */
            reject?: (boolean|null);

            /** Message rejectHint */
            rejectHint?: (number|null);

            /** Message context */
            context?: (Uint8Array|null);

            /** Message vote */
            vote?: (number|null);

            /** Message responses */
            responses?: (raft.Message.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Message. */
        type $Shape = raft.Message.$Properties;
    }

    /**
     * Properties of a HardState.
     * @deprecated Use raft.HardState.$Properties instead.
     */
    interface IHardState extends raft.HardState.$Properties {
    }

    /** Represents a HardState. */
    class HardState {

        /**
         * Constructs a new HardState.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.HardState.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HardState term. */
        term: number;

        /** HardState vote. */
        vote: number;

        /** HardState commit. */
        commit: number;

        /**
         * Encodes the specified HardState message. Does not implicitly {@link raft.HardState.verify|verify} messages.
         * @param message HardState message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.HardState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HardState message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.HardState & raft.HardState.$Shape} HardState
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.HardState & raft.HardState.$Shape;
    }

    namespace HardState {

        /** Properties of a HardState. */
        interface $Properties {

            /** HardState term */
            term?: (number|null);

            /** HardState vote */
            vote?: (number|null);

            /** HardState commit */
            commit?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HardState. */
        type $Shape = raft.HardState.$Properties;
    }

    /**
     * Properties of a ConfChange.
     * @deprecated Use raft.ConfChange.$Properties instead.
     */
    interface IConfChange extends raft.ConfChange.$Properties {
    }

    /** Represents a ConfChange. */
    class ConfChange {

        /**
         * Constructs a new ConfChange.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.ConfChange.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfChange id. */
        id: number;

        /** ConfChange type. */
        type: number;

        /** ConfChange nodeId. */
        nodeId: number;

        /** ConfChange context. */
        context: Uint8Array;

        /**
         * Encodes the specified ConfChange message. Does not implicitly {@link raft.ConfChange.verify|verify} messages.
         * @param message ConfChange message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.ConfChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfChange message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.ConfChange & raft.ConfChange.$Shape} ConfChange
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.ConfChange & raft.ConfChange.$Shape;
    }

    namespace ConfChange {

        /** Properties of a ConfChange. */
        interface $Properties {

            /** ConfChange id */
            id?: (number|null);

            /** ConfChange type */
            type?: (number|null);

            /** ConfChange nodeId */
            nodeId?: (number|null);

            /** ConfChange context */
            context?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfChange. */
        type $Shape = raft.ConfChange.$Properties;
    }

    /**
     * Properties of a ConfChangeSingle.
     * @deprecated Use raft.ConfChangeSingle.$Properties instead.
     */
    interface IConfChangeSingle extends raft.ConfChangeSingle.$Properties {
    }

    /** Represents a ConfChangeSingle. */
    class ConfChangeSingle {

        /**
         * Constructs a new ConfChangeSingle.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.ConfChangeSingle.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfChangeSingle type. */
        type: number;

        /** ConfChangeSingle nodeId. */
        nodeId: number;

        /**
         * Encodes the specified ConfChangeSingle message. Does not implicitly {@link raft.ConfChangeSingle.verify|verify} messages.
         * @param message ConfChangeSingle message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.ConfChangeSingle.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfChangeSingle message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.ConfChangeSingle & raft.ConfChangeSingle.$Shape} ConfChangeSingle
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.ConfChangeSingle & raft.ConfChangeSingle.$Shape;
    }

    namespace ConfChangeSingle {

        /** Properties of a ConfChangeSingle. */
        interface $Properties {

            /** ConfChangeSingle type */
            type?: (number|null);

            /** ConfChangeSingle nodeId */
            nodeId?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfChangeSingle. */
        type $Shape = raft.ConfChangeSingle.$Properties;
    }

    /**
     * Properties of a ConfChangeV2.
     * @deprecated Use raft.ConfChangeV2.$Properties instead.
     */
    interface IConfChangeV2 extends raft.ConfChangeV2.$Properties {
    }

    /** Represents a ConfChangeV2. */
    class ConfChangeV2 {

        /**
         * Constructs a new ConfChangeV2.
         * @param [properties] Properties to set
         */
        constructor(properties?: raft.ConfChangeV2.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfChangeV2 transition. */
        transition: number;

        /** ConfChangeV2 changes. */
        changes: raft.ConfChangeSingle.$Properties[];

        /** ConfChangeV2 context. */
        context: Uint8Array;

        /**
         * Encodes the specified ConfChangeV2 message. Does not implicitly {@link raft.ConfChangeV2.verify|verify} messages.
         * @param message ConfChangeV2 message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: raft.ConfChangeV2.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfChangeV2 message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {raft.ConfChangeV2 & raft.ConfChangeV2.$Shape} ConfChangeV2
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): raft.ConfChangeV2 & raft.ConfChangeV2.$Shape;
    }

    namespace ConfChangeV2 {

        /** Properties of a ConfChangeV2. */
        interface $Properties {

            /** ConfChangeV2 transition */
            transition?: (number|null);

            /** ConfChangeV2 changes */
            changes?: (raft.ConfChangeSingle.$Properties[]|null);

            /** ConfChangeV2 context */
            context?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfChangeV2. */
        type $Shape = raft.ConfChangeV2.$Properties;
    }
}

/** Namespace metadata. */
export namespace metadata {

    /**
     * Properties of an Endpoint.
     * @deprecated Use metadata.Endpoint.$Properties instead.
     */
    interface IEndpoint extends metadata.Endpoint.$Properties {
    }

    /** Represents an Endpoint. */
    class Endpoint {

        /**
         * Constructs a new Endpoint.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Endpoint.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Endpoint listener. */
        listener: string;

        /** Endpoint host. */
        host: string;

        /** Endpoint port. */
        port: number;

        /**
         * Encodes the specified Endpoint message. Does not implicitly {@link metadata.Endpoint.verify|verify} messages.
         * @param message Endpoint message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Endpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Endpoint message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Endpoint & metadata.Endpoint.$Shape} Endpoint
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Endpoint & metadata.Endpoint.$Shape;
    }

    namespace Endpoint {

        /** Properties of an Endpoint. */
        interface $Properties {

            /** Endpoint listener */
            listener?: (string|null);

            /** Endpoint host */
            host?: (string|null);

            /** Endpoint port */
            port?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Endpoint. */
        type $Shape = metadata.Endpoint.$Properties;
    }

    /**
     * Properties of an Endpoints.
     * @deprecated Use metadata.Endpoints.$Properties instead.
     */
    interface IEndpoints extends metadata.Endpoints.$Properties {
    }

    /** Represents an Endpoints. */
    class Endpoints {

        /**
         * Constructs a new Endpoints.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Endpoints.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Endpoints endpoints. */
        endpoints: metadata.Endpoint.$Properties[];

        /**
         * Encodes the specified Endpoints message. Does not implicitly {@link metadata.Endpoints.verify|verify} messages.
         * @param message Endpoints message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Endpoints.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Endpoints message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Endpoints & metadata.Endpoints.$Shape} Endpoints
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Endpoints & metadata.Endpoints.$Shape;
    }

    namespace Endpoints {

        /** Properties of an Endpoints. */
        interface $Properties {

            /** Endpoints endpoints */
            endpoints?: (metadata.Endpoint.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Endpoints. */
        type $Shape = metadata.Endpoints.$Properties;
    }

    /**
     * Properties of a SupportedFeature.
     * @deprecated Use metadata.SupportedFeature.$Properties instead.
     */
    interface ISupportedFeature extends metadata.SupportedFeature.$Properties {
    }

    /** Represents a SupportedFeature. */
    class SupportedFeature {

        /**
         * Constructs a new SupportedFeature.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.SupportedFeature.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SupportedFeature name. */
        name: string;

        /** SupportedFeature minLevel. */
        minLevel: number;

        /** SupportedFeature maxLevel. */
        maxLevel: number;

        /**
         * Encodes the specified SupportedFeature message. Does not implicitly {@link metadata.SupportedFeature.verify|verify} messages.
         * @param message SupportedFeature message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.SupportedFeature.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SupportedFeature message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.SupportedFeature & metadata.SupportedFeature.$Shape} SupportedFeature
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.SupportedFeature & metadata.SupportedFeature.$Shape;
    }

    namespace SupportedFeature {

        /** Properties of a SupportedFeature. */
        interface $Properties {

            /** SupportedFeature name */
            name?: (string|null);

            /** SupportedFeature minLevel */
            minLevel?: (number|null);

            /** SupportedFeature maxLevel */
            maxLevel?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SupportedFeature. */
        type $Shape = metadata.SupportedFeature.$Properties;
    }

    /**
     * Properties of a SupportedFeatures.
     * @deprecated Use metadata.SupportedFeatures.$Properties instead.
     */
    interface ISupportedFeatures extends metadata.SupportedFeatures.$Properties {
    }

    /** Represents a SupportedFeatures. */
    class SupportedFeatures {

        /**
         * Constructs a new SupportedFeatures.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.SupportedFeatures.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SupportedFeatures features. */
        features: metadata.SupportedFeature.$Properties[];

        /**
         * Encodes the specified SupportedFeatures message. Does not implicitly {@link metadata.SupportedFeatures.verify|verify} messages.
         * @param message SupportedFeatures message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.SupportedFeatures.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SupportedFeatures message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.SupportedFeatures & metadata.SupportedFeatures.$Shape} SupportedFeatures
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.SupportedFeatures & metadata.SupportedFeatures.$Shape;
    }

    namespace SupportedFeatures {

        /** Properties of a SupportedFeatures. */
        interface $Properties {

            /** SupportedFeatures features */
            features?: (metadata.SupportedFeature.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SupportedFeatures. */
        type $Shape = metadata.SupportedFeatures.$Properties;
    }

    /**
     * Properties of a ConfigEntry.
     * @deprecated Use metadata.ConfigEntry.$Properties instead.
     */
    interface IConfigEntry extends metadata.ConfigEntry.$Properties {
    }

    /** Represents a ConfigEntry. */
    class ConfigEntry {

        /**
         * Constructs a new ConfigEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ConfigEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigEntry key. */
        key: string;

        /** ConfigEntry value. */
        value: string;

        /**
         * Encodes the specified ConfigEntry message. Does not implicitly {@link metadata.ConfigEntry.verify|verify} messages.
         * @param message ConfigEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ConfigEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ConfigEntry & metadata.ConfigEntry.$Shape} ConfigEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ConfigEntry & metadata.ConfigEntry.$Shape;
    }

    namespace ConfigEntry {

        /** Properties of a ConfigEntry. */
        interface $Properties {

            /** ConfigEntry key */
            key?: (string|null);

            /** ConfigEntry value */
            value?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigEntry. */
        type $Shape = metadata.ConfigEntry.$Properties;
    }

    /**
     * Properties of a Replicas.
     * @deprecated Use metadata.Replicas.$Properties instead.
     */
    interface IReplicas extends metadata.Replicas.$Properties {
    }

    /** Represents a Replicas. */
    class Replicas {

        /**
         * Constructs a new Replicas.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Replicas.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Replicas brokerIds. */
        brokerIds: number[];

        /**
         * Encodes the specified Replicas message. Does not implicitly {@link metadata.Replicas.verify|verify} messages.
         * @param message Replicas message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Replicas.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Replicas message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Replicas & metadata.Replicas.$Shape} Replicas
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Replicas & metadata.Replicas.$Shape;
    }

    namespace Replicas {

        /** Properties of a Replicas. */
        interface $Properties {

            /** Replicas brokerIds */
            brokerIds?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Replicas. */
        type $Shape = metadata.Replicas.$Properties;
    }

    /**
     * Properties of an Assignment.
     * @deprecated Use metadata.Assignment.$Properties instead.
     */
    interface IAssignment extends metadata.Assignment.$Properties {
    }

    /** Represents an Assignment. */
    class Assignment {

        /**
         * Constructs a new Assignment.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Assignment.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Assignment partitions. */
        partitions: metadata.Replicas.$Properties[];

        /**
         * Encodes the specified Assignment message. Does not implicitly {@link metadata.Assignment.verify|verify} messages.
         * @param message Assignment message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Assignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Assignment message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Assignment & metadata.Assignment.$Shape} Assignment
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Assignment & metadata.Assignment.$Shape;
    }

    namespace Assignment {

        /** Properties of an Assignment. */
        interface $Properties {

            /** Assignment partitions */
            partitions?: (metadata.Replicas.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Assignment. */
        type $Shape = metadata.Assignment.$Properties;
    }

    /**
     * Properties of a TopicPartition.
     * @deprecated Use metadata.TopicPartition.$Properties instead.
     */
    interface ITopicPartition extends metadata.TopicPartition.$Properties {
    }

    /** Represents a TopicPartition. */
    class TopicPartition {

        /**
         * Constructs a new TopicPartition.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.TopicPartition.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicPartition name. */
        name: string;

        /** TopicPartition partition. */
        partition: number;

        /**
         * Encodes the specified TopicPartition message. Does not implicitly {@link metadata.TopicPartition.verify|verify} messages.
         * @param message TopicPartition message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.TopicPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicPartition message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.TopicPartition & metadata.TopicPartition.$Shape} TopicPartition
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.TopicPartition & metadata.TopicPartition.$Shape;
    }

    namespace TopicPartition {

        /** Properties of a TopicPartition. */
        interface $Properties {

            /** TopicPartition name */
            name?: (string|null);

            /** TopicPartition partition */
            partition?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicPartition. */
        type $Shape = metadata.TopicPartition.$Properties;
    }

    /**
     * Properties of a RegisterBroker.
     * @deprecated Use metadata.RegisterBroker.$Properties instead.
     */
    interface IRegisterBroker extends metadata.RegisterBroker.$Properties {
    }

    /** Represents a RegisterBroker. */
    class RegisterBroker {

        /**
         * Constructs a new RegisterBroker.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.RegisterBroker.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RegisterBroker brokerId. */
        brokerId: number;

        /** RegisterBroker incarnation. */
        incarnation: string;

        /** RegisterBroker endpoints. */
        endpoints: metadata.Endpoint.$Properties[];

        /** RegisterBroker rack. */
        rack?: (string|null);

        /** RegisterBroker supportedFeatures. */
        supportedFeatures?: (metadata.SupportedFeatures.$Properties|null);

        /** RegisterBroker previousIncarnation. */
        previousIncarnation?: (string|null);

        /** RegisterBroker wasNeverRegistered. */
        wasNeverRegistered: boolean;

        /** RegisterBroker mayHaveLostTail. */
        mayHaveLostTail?: (boolean|null);

        /**
         * Encodes the specified RegisterBroker message. Does not implicitly {@link metadata.RegisterBroker.verify|verify} messages.
         * @param message RegisterBroker message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.RegisterBroker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RegisterBroker message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.RegisterBroker & metadata.RegisterBroker.$Shape} RegisterBroker
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.RegisterBroker & metadata.RegisterBroker.$Shape;
    }

    namespace RegisterBroker {

        /** Properties of a RegisterBroker. */
        interface $Properties {

            /** RegisterBroker brokerId */
            brokerId?: (number|null);

            /** RegisterBroker incarnation */
            incarnation?: (string|null);

            /** RegisterBroker endpoints */
            endpoints?: (metadata.Endpoint.$Properties[]|null);

            /** RegisterBroker rack */
            rack?: (string|null);

            /** RegisterBroker supportedFeatures */
            supportedFeatures?: (metadata.SupportedFeatures.$Properties|null);

            /** RegisterBroker previousIncarnation */
            previousIncarnation?: (string|null);

            /** RegisterBroker wasNeverRegistered */
            wasNeverRegistered?: (boolean|null);

            /** RegisterBroker mayHaveLostTail */
            mayHaveLostTail?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RegisterBroker. */
        type $Shape = metadata.RegisterBroker.$Properties;
    }

    /**
     * Properties of an UpdateBroker.
     * @deprecated Use metadata.UpdateBroker.$Properties instead.
     */
    interface IUpdateBroker extends metadata.UpdateBroker.$Properties {
    }

    /** Represents an UpdateBroker. */
    class UpdateBroker {

        /**
         * Constructs a new UpdateBroker.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.UpdateBroker.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** UpdateBroker brokerId. */
        brokerId: number;

        /** UpdateBroker incarnation. */
        incarnation: string;

        /** UpdateBroker endpoints. */
        endpoints?: (metadata.Endpoints.$Properties|null);

        /** UpdateBroker rack. */
        rack?: (string|null);

        /** UpdateBroker removeRack. */
        removeRack: boolean;

        /** UpdateBroker supportedFeatures. */
        supportedFeatures?: (metadata.SupportedFeatures.$Properties|null);

        /**
         * Encodes the specified UpdateBroker message. Does not implicitly {@link metadata.UpdateBroker.verify|verify} messages.
         * @param message UpdateBroker message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.UpdateBroker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an UpdateBroker message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.UpdateBroker & metadata.UpdateBroker.$Shape} UpdateBroker
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.UpdateBroker & metadata.UpdateBroker.$Shape;
    }

    namespace UpdateBroker {

        /** Properties of an UpdateBroker. */
        interface $Properties {

            /** UpdateBroker brokerId */
            brokerId?: (number|null);

            /** UpdateBroker incarnation */
            incarnation?: (string|null);

            /** UpdateBroker endpoints */
            endpoints?: (metadata.Endpoints.$Properties|null);

            /** UpdateBroker rack */
            rack?: (string|null);

            /** UpdateBroker removeRack */
            removeRack?: (boolean|null);

            /** UpdateBroker supportedFeatures */
            supportedFeatures?: (metadata.SupportedFeatures.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an UpdateBroker. */
        type $Shape = metadata.UpdateBroker.$Properties;
    }

    /**
     * Properties of a BrokerIdentity.
     * @deprecated Use metadata.BrokerIdentity.$Properties instead.
     */
    interface IBrokerIdentity extends metadata.BrokerIdentity.$Properties {
    }

    /** Represents a BrokerIdentity. */
    class BrokerIdentity {

        /**
         * Constructs a new BrokerIdentity.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.BrokerIdentity.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** BrokerIdentity brokerId. */
        brokerId: number;

        /** BrokerIdentity incarnation. */
        incarnation: string;

        /**
         * Encodes the specified BrokerIdentity message. Does not implicitly {@link metadata.BrokerIdentity.verify|verify} messages.
         * @param message BrokerIdentity message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.BrokerIdentity.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a BrokerIdentity message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.BrokerIdentity & metadata.BrokerIdentity.$Shape} BrokerIdentity
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.BrokerIdentity & metadata.BrokerIdentity.$Shape;
    }

    namespace BrokerIdentity {

        /** Properties of a BrokerIdentity. */
        interface $Properties {

            /** BrokerIdentity brokerId */
            brokerId?: (number|null);

            /** BrokerIdentity incarnation */
            incarnation?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a BrokerIdentity. */
        type $Shape = metadata.BrokerIdentity.$Properties;
    }

    /**
     * Properties of an UnregisterBroker.
     * @deprecated Use metadata.UnregisterBroker.$Properties instead.
     */
    interface IUnregisterBroker extends metadata.UnregisterBroker.$Properties {
    }

    /** Represents an UnregisterBroker. */
    class UnregisterBroker {

        /**
         * Constructs a new UnregisterBroker.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.UnregisterBroker.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** UnregisterBroker brokerId. */
        brokerId: number;

        /**
         * Encodes the specified UnregisterBroker message. Does not implicitly {@link metadata.UnregisterBroker.verify|verify} messages.
         * @param message UnregisterBroker message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.UnregisterBroker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an UnregisterBroker message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.UnregisterBroker & metadata.UnregisterBroker.$Shape} UnregisterBroker
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.UnregisterBroker & metadata.UnregisterBroker.$Shape;
    }

    namespace UnregisterBroker {

        /** Properties of an UnregisterBroker. */
        interface $Properties {

            /** UnregisterBroker brokerId */
            brokerId?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an UnregisterBroker. */
        type $Shape = metadata.UnregisterBroker.$Properties;
    }

    /**
     * Properties of a CreateTopic.
     * @deprecated Use metadata.CreateTopic.$Properties instead.
     */
    interface ICreateTopic extends metadata.CreateTopic.$Properties {
    }

    /** Represents a CreateTopic. */
    class CreateTopic {

        /**
         * Constructs a new CreateTopic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.CreateTopic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CreateTopic name. */
        name: string;

        /** CreateTopic topicId. */
        topicId: string;

        /** CreateTopic automatic. */
        automatic?: (metadata.AutomaticPlacement.$Properties|null);

        /** CreateTopic explicit. */
        explicit?: (metadata.Assignment.$Properties|null);

        /** CreateTopic configs. */
        configs?: (metadata.ConfigEntries.$Properties|null);

        /** CreateTopic placement. */
        placement?: ("automatic"|"explicit");

        /**
         * Encodes the specified CreateTopic message. Does not implicitly {@link metadata.CreateTopic.verify|verify} messages.
         * @param message CreateTopic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.CreateTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CreateTopic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.CreateTopic & metadata.CreateTopic.$Shape} CreateTopic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.CreateTopic & metadata.CreateTopic.$Shape;
    }

    namespace CreateTopic {

        /** Properties of a CreateTopic. */
        interface $Properties {

            /** CreateTopic name */
            name?: (string|null);

            /** CreateTopic topicId */
            topicId?: (string|null);

            /** CreateTopic automatic */
            automatic?: (metadata.AutomaticPlacement.$Properties|null);

            /** CreateTopic explicit */
            explicit?: (metadata.Assignment.$Properties|null);

            /** CreateTopic configs */
            configs?: (metadata.ConfigEntries.$Properties|null);

            /** CreateTopic placement */
            placement?: ("automatic"|"explicit");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a CreateTopic. */
        type $Shape = {
          name?: string|null;
          topicId?: string|null;
          automatic?: metadata.AutomaticPlacement.$Shape|null;
          explicit?: metadata.Assignment.$Shape|null;
          configs?: metadata.ConfigEntries.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ placement?: undefined; automatic?: null; explicit?: null }|{ placement?: "automatic"; automatic: metadata.AutomaticPlacement.$Shape; explicit?: null }|{ placement?: "explicit"; automatic?: null; explicit: metadata.Assignment.$Shape })
        );
    }

    /**
     * Properties of an AutomaticPlacement.
     * @deprecated Use metadata.AutomaticPlacement.$Properties instead.
     */
    interface IAutomaticPlacement extends metadata.AutomaticPlacement.$Properties {
    }

    /** Represents an AutomaticPlacement. */
    class AutomaticPlacement {

        /**
         * Constructs a new AutomaticPlacement.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.AutomaticPlacement.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AutomaticPlacement partitionCount. */
        partitionCount: number;

        /** AutomaticPlacement replicationFactor. */
        replicationFactor: number;

        /**
         * Encodes the specified AutomaticPlacement message. Does not implicitly {@link metadata.AutomaticPlacement.verify|verify} messages.
         * @param message AutomaticPlacement message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.AutomaticPlacement.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AutomaticPlacement message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.AutomaticPlacement & metadata.AutomaticPlacement.$Shape} AutomaticPlacement
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.AutomaticPlacement & metadata.AutomaticPlacement.$Shape;
    }

    namespace AutomaticPlacement {

        /** Properties of an AutomaticPlacement. */
        interface $Properties {

            /** AutomaticPlacement partitionCount */
            partitionCount?: (number|null);

            /** AutomaticPlacement replicationFactor */
            replicationFactor?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AutomaticPlacement. */
        type $Shape = metadata.AutomaticPlacement.$Properties;
    }

    /**
     * Properties of a ConfigEntries.
     * @deprecated Use metadata.ConfigEntries.$Properties instead.
     */
    interface IConfigEntries extends metadata.ConfigEntries.$Properties {
    }

    /** Represents a ConfigEntries. */
    class ConfigEntries {

        /**
         * Constructs a new ConfigEntries.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ConfigEntries.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigEntries entries. */
        entries: metadata.ConfigEntry.$Properties[];

        /**
         * Encodes the specified ConfigEntries message. Does not implicitly {@link metadata.ConfigEntries.verify|verify} messages.
         * @param message ConfigEntries message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ConfigEntries.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigEntries message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ConfigEntries & metadata.ConfigEntries.$Shape} ConfigEntries
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ConfigEntries & metadata.ConfigEntries.$Shape;
    }

    namespace ConfigEntries {

        /** Properties of a ConfigEntries. */
        interface $Properties {

            /** ConfigEntries entries */
            entries?: (metadata.ConfigEntry.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigEntries. */
        type $Shape = metadata.ConfigEntries.$Properties;
    }

    /**
     * Properties of a DeleteTopic.
     * @deprecated Use metadata.DeleteTopic.$Properties instead.
     */
    interface IDeleteTopic extends metadata.DeleteTopic.$Properties {
    }

    /** Represents a DeleteTopic. */
    class DeleteTopic {

        /**
         * Constructs a new DeleteTopic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.DeleteTopic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DeleteTopic name. */
        name: string;

        /** DeleteTopic topicId. */
        topicId?: (string|null);

        /**
         * Encodes the specified DeleteTopic message. Does not implicitly {@link metadata.DeleteTopic.verify|verify} messages.
         * @param message DeleteTopic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.DeleteTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DeleteTopic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.DeleteTopic & metadata.DeleteTopic.$Shape} DeleteTopic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.DeleteTopic & metadata.DeleteTopic.$Shape;
    }

    namespace DeleteTopic {

        /** Properties of a DeleteTopic. */
        interface $Properties {

            /** DeleteTopic name */
            name?: (string|null);

            /** DeleteTopic topicId */
            topicId?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DeleteTopic. */
        type $Shape = metadata.DeleteTopic.$Properties;
    }

    /** ConfigOperation enum. */
    enum ConfigOperation {

        /** SET value */
        SET = 0,

        /** DELETE value */
        DELETE = 1,

        /** APPEND value */
        APPEND = 2,

        /** SUBTRACT value */
        SUBTRACT = 3
    }

    /**
     * Properties of a ConfigChange.
     * @deprecated Use metadata.ConfigChange.$Properties instead.
     */
    interface IConfigChange extends metadata.ConfigChange.$Properties {
    }

    /** Represents a ConfigChange. */
    class ConfigChange {

        /**
         * Constructs a new ConfigChange.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ConfigChange.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigChange operation. */
        operation: metadata.ConfigOperation;

        /** ConfigChange key. */
        key: string;

        /** ConfigChange value. */
        value: string;

        /**
         * Encodes the specified ConfigChange message. Does not implicitly {@link metadata.ConfigChange.verify|verify} messages.
         * @param message ConfigChange message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ConfigChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigChange message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ConfigChange & metadata.ConfigChange.$Shape} ConfigChange
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ConfigChange & metadata.ConfigChange.$Shape;
    }

    namespace ConfigChange {

        /** Properties of a ConfigChange. */
        interface $Properties {

            /** ConfigChange operation */
            operation?: (metadata.ConfigOperation|null);

            /** ConfigChange key */
            key?: (string|null);

            /** ConfigChange value */
            value?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigChange. */
        type $Shape = metadata.ConfigChange.$Properties;
    }

    /**
     * Properties of a ConfigureTopic.
     * @deprecated Use metadata.ConfigureTopic.$Properties instead.
     */
    interface IConfigureTopic extends metadata.ConfigureTopic.$Properties {
    }

    /** Represents a ConfigureTopic. */
    class ConfigureTopic {

        /**
         * Constructs a new ConfigureTopic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ConfigureTopic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigureTopic name. */
        name: string;

        /** ConfigureTopic replace. */
        replace?: (boolean|null);

        /** ConfigureTopic changes. */
        changes: metadata.ConfigChange.$Properties[];

        /**
         * Encodes the specified ConfigureTopic message. Does not implicitly {@link metadata.ConfigureTopic.verify|verify} messages.
         * @param message ConfigureTopic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ConfigureTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigureTopic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ConfigureTopic & metadata.ConfigureTopic.$Shape} ConfigureTopic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ConfigureTopic & metadata.ConfigureTopic.$Shape;
    }

    namespace ConfigureTopic {

        /** Properties of a ConfigureTopic. */
        interface $Properties {

            /** ConfigureTopic name */
            name?: (string|null);

            /** ConfigureTopic replace */
            replace?: (boolean|null);

            /** ConfigureTopic changes */
            changes?: (metadata.ConfigChange.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigureTopic. */
        type $Shape = metadata.ConfigureTopic.$Properties;
    }

    /**
     * Properties of a ConfigureBroker.
     * @deprecated Use metadata.ConfigureBroker.$Properties instead.
     */
    interface IConfigureBroker extends metadata.ConfigureBroker.$Properties {
    }

    /** Represents a ConfigureBroker. */
    class ConfigureBroker {

        /**
         * Constructs a new ConfigureBroker.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ConfigureBroker.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigureBroker brokerId. */
        brokerId?: (number|null);

        /** ConfigureBroker replace. */
        replace?: (boolean|null);

        /** ConfigureBroker changes. */
        changes: metadata.ConfigChange.$Properties[];

        /**
         * Encodes the specified ConfigureBroker message. Does not implicitly {@link metadata.ConfigureBroker.verify|verify} messages.
         * @param message ConfigureBroker message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ConfigureBroker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigureBroker message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ConfigureBroker & metadata.ConfigureBroker.$Shape} ConfigureBroker
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ConfigureBroker & metadata.ConfigureBroker.$Shape;
    }

    namespace ConfigureBroker {

        /** Properties of a ConfigureBroker. */
        interface $Properties {

            /** ConfigureBroker brokerId */
            brokerId?: (number|null);

            /** ConfigureBroker replace */
            replace?: (boolean|null);

            /** ConfigureBroker changes */
            changes?: (metadata.ConfigChange.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigureBroker. */
        type $Shape = metadata.ConfigureBroker.$Properties;
    }

    /**
     * Properties of an AddPartitions.
     * @deprecated Use metadata.AddPartitions.$Properties instead.
     */
    interface IAddPartitions extends metadata.AddPartitions.$Properties {
    }

    /** Represents an AddPartitions. */
    class AddPartitions {

        /**
         * Constructs a new AddPartitions.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.AddPartitions.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AddPartitions name. */
        name: string;

        /** AddPartitions totalCount. */
        totalCount: number;

        /** AddPartitions replicas. */
        replicas?: (metadata.Assignment.$Properties|null);

        /**
         * Encodes the specified AddPartitions message. Does not implicitly {@link metadata.AddPartitions.verify|verify} messages.
         * @param message AddPartitions message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.AddPartitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AddPartitions message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.AddPartitions & metadata.AddPartitions.$Shape} AddPartitions
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.AddPartitions & metadata.AddPartitions.$Shape;
    }

    namespace AddPartitions {

        /** Properties of an AddPartitions. */
        interface $Properties {

            /** AddPartitions name */
            name?: (string|null);

            /** AddPartitions totalCount */
            totalCount?: (number|null);

            /** AddPartitions replicas */
            replicas?: (metadata.Assignment.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AddPartitions. */
        type $Shape = metadata.AddPartitions.$Properties;
    }

    /**
     * Properties of an IsrMember.
     * @deprecated Use metadata.IsrMember.$Properties instead.
     */
    interface IIsrMember extends metadata.IsrMember.$Properties {
    }

    /** Represents an IsrMember. */
    class IsrMember {

        /**
         * Constructs a new IsrMember.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.IsrMember.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IsrMember brokerId. */
        brokerId: number;

        /** IsrMember incarnation. */
        incarnation?: (string|null);

        /**
         * Encodes the specified IsrMember message. Does not implicitly {@link metadata.IsrMember.verify|verify} messages.
         * @param message IsrMember message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.IsrMember.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IsrMember message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.IsrMember & metadata.IsrMember.$Shape} IsrMember
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.IsrMember & metadata.IsrMember.$Shape;
    }

    namespace IsrMember {

        /** Properties of an IsrMember. */
        interface $Properties {

            /** IsrMember brokerId */
            brokerId?: (number|null);

            /** IsrMember incarnation */
            incarnation?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an IsrMember. */
        type $Shape = metadata.IsrMember.$Properties;
    }

    /**
     * Properties of an Isr.
     * @deprecated Use metadata.Isr.$Properties instead.
     */
    interface IIsr extends metadata.Isr.$Properties {
    }

    /** Represents an Isr. */
    class Isr {

        /**
         * Constructs a new Isr.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Isr.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Isr members. */
        members: metadata.IsrMember.$Properties[];

        /**
         * Encodes the specified Isr message. Does not implicitly {@link metadata.Isr.verify|verify} messages.
         * @param message Isr message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Isr.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Isr message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Isr & metadata.Isr.$Shape} Isr
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Isr & metadata.Isr.$Shape;
    }

    namespace Isr {

        /** Properties of an Isr. */
        interface $Properties {

            /** Isr members */
            members?: (metadata.IsrMember.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Isr. */
        type $Shape = metadata.Isr.$Properties;
    }

    /**
     * Properties of a ChangePartition.
     * @deprecated Use metadata.ChangePartition.$Properties instead.
     */
    interface IChangePartition extends metadata.ChangePartition.$Properties {
    }

    /** Represents a ChangePartition. */
    class ChangePartition {

        /**
         * Constructs a new ChangePartition.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ChangePartition.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ChangePartition name. */
        name: string;

        /** ChangePartition partition. */
        partition: number;

        /** ChangePartition partitionEpoch. */
        partitionEpoch: number;

        /** ChangePartition leaderEpoch. */
        leaderEpoch?: (number|null);

        /** ChangePartition isr. */
        isr?: (metadata.Isr.$Properties|null);

        /** ChangePartition leader. */
        leader?: (number|null);

        /** ChangePartition replicas. */
        replicas?: (metadata.Replicas.$Properties|null);

        /**
         * Encodes the specified ChangePartition message. Does not implicitly {@link metadata.ChangePartition.verify|verify} messages.
         * @param message ChangePartition message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ChangePartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ChangePartition message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ChangePartition & metadata.ChangePartition.$Shape} ChangePartition
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ChangePartition & metadata.ChangePartition.$Shape;
    }

    namespace ChangePartition {

        /** Properties of a ChangePartition. */
        interface $Properties {

            /** ChangePartition name */
            name?: (string|null);

            /** ChangePartition partition */
            partition?: (number|null);

            /** ChangePartition partitionEpoch */
            partitionEpoch?: (number|null);

            /** ChangePartition leaderEpoch */
            leaderEpoch?: (number|null);

            /** ChangePartition isr */
            isr?: (metadata.Isr.$Properties|null);

            /** ChangePartition leader */
            leader?: (number|null);

            /** ChangePartition replicas */
            replicas?: (metadata.Replicas.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ChangePartition. */
        type $Shape = metadata.ChangePartition.$Properties;
    }

    /**
     * Properties of a TopicPartitions.
     * @deprecated Use metadata.TopicPartitions.$Properties instead.
     */
    interface ITopicPartitions extends metadata.TopicPartitions.$Properties {
    }

    /** Represents a TopicPartitions. */
    class TopicPartitions {

        /**
         * Constructs a new TopicPartitions.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.TopicPartitions.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicPartitions partitions. */
        partitions: metadata.TopicPartition.$Properties[];

        /**
         * Encodes the specified TopicPartitions message. Does not implicitly {@link metadata.TopicPartitions.verify|verify} messages.
         * @param message TopicPartitions message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.TopicPartitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicPartitions message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.TopicPartitions & metadata.TopicPartitions.$Shape} TopicPartitions
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.TopicPartitions & metadata.TopicPartitions.$Shape;
    }

    namespace TopicPartitions {

        /** Properties of a TopicPartitions. */
        interface $Properties {

            /** TopicPartitions partitions */
            partitions?: (metadata.TopicPartition.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicPartitions. */
        type $Shape = metadata.TopicPartitions.$Properties;
    }

    /**
     * Properties of an ElectPreferredLeaders.
     * @deprecated Use metadata.ElectPreferredLeaders.$Properties instead.
     */
    interface IElectPreferredLeaders extends metadata.ElectPreferredLeaders.$Properties {
    }

    /** Represents an ElectPreferredLeaders. */
    class ElectPreferredLeaders {

        /**
         * Constructs a new ElectPreferredLeaders.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ElectPreferredLeaders.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ElectPreferredLeaders partitions. */
        partitions?: (metadata.TopicPartitions.$Properties|null);

        /**
         * Encodes the specified ElectPreferredLeaders message. Does not implicitly {@link metadata.ElectPreferredLeaders.verify|verify} messages.
         * @param message ElectPreferredLeaders message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ElectPreferredLeaders.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an ElectPreferredLeaders message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ElectPreferredLeaders & metadata.ElectPreferredLeaders.$Shape} ElectPreferredLeaders
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ElectPreferredLeaders & metadata.ElectPreferredLeaders.$Shape;
    }

    namespace ElectPreferredLeaders {

        /** Properties of an ElectPreferredLeaders. */
        interface $Properties {

            /** ElectPreferredLeaders partitions */
            partitions?: (metadata.TopicPartitions.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an ElectPreferredLeaders. */
        type $Shape = metadata.ElectPreferredLeaders.$Properties;
    }

    /**
     * Properties of an UncleanElection.
     * @deprecated Use metadata.UncleanElection.$Properties instead.
     */
    interface IUncleanElection extends metadata.UncleanElection.$Properties {
    }

    /** Represents an UncleanElection. */
    class UncleanElection {

        /**
         * Constructs a new UncleanElection.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.UncleanElection.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** UncleanElection name. */
        name: string;

        /** UncleanElection partition. */
        partition: number;

        /** UncleanElection leader. */
        leader?: (number|null);

        /**
         * Encodes the specified UncleanElection message. Does not implicitly {@link metadata.UncleanElection.verify|verify} messages.
         * @param message UncleanElection message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.UncleanElection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an UncleanElection message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.UncleanElection & metadata.UncleanElection.$Shape} UncleanElection
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.UncleanElection & metadata.UncleanElection.$Shape;
    }

    namespace UncleanElection {

        /** Properties of an UncleanElection. */
        interface $Properties {

            /** UncleanElection name */
            name?: (string|null);

            /** UncleanElection partition */
            partition?: (number|null);

            /** UncleanElection leader */
            leader?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an UncleanElection. */
        type $Shape = metadata.UncleanElection.$Properties;
    }

    /**
     * Properties of an ElectUncleanLeaders.
     * @deprecated Use metadata.ElectUncleanLeaders.$Properties instead.
     */
    interface IElectUncleanLeaders extends metadata.ElectUncleanLeaders.$Properties {
    }

    /** Represents an ElectUncleanLeaders. */
    class ElectUncleanLeaders {

        /**
         * Constructs a new ElectUncleanLeaders.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ElectUncleanLeaders.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ElectUncleanLeaders partitions. */
        partitions: metadata.UncleanElection.$Properties[];

        /**
         * Encodes the specified ElectUncleanLeaders message. Does not implicitly {@link metadata.ElectUncleanLeaders.verify|verify} messages.
         * @param message ElectUncleanLeaders message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ElectUncleanLeaders.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an ElectUncleanLeaders message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ElectUncleanLeaders & metadata.ElectUncleanLeaders.$Shape} ElectUncleanLeaders
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ElectUncleanLeaders & metadata.ElectUncleanLeaders.$Shape;
    }

    namespace ElectUncleanLeaders {

        /** Properties of an ElectUncleanLeaders. */
        interface $Properties {

            /** ElectUncleanLeaders partitions */
            partitions?: (metadata.UncleanElection.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an ElectUncleanLeaders. */
        type $Shape = metadata.ElectUncleanLeaders.$Properties;
    }

    /**
     * Properties of a BeginReassignment.
     * @deprecated Use metadata.BeginReassignment.$Properties instead.
     */
    interface IBeginReassignment extends metadata.BeginReassignment.$Properties {
    }

    /** Represents a BeginReassignment. */
    class BeginReassignment {

        /**
         * Constructs a new BeginReassignment.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.BeginReassignment.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** BeginReassignment name. */
        name: string;

        /** BeginReassignment partition. */
        partition: number;

        /** BeginReassignment targetReplicas. */
        targetReplicas: number[];

        /**
         * Encodes the specified BeginReassignment message. Does not implicitly {@link metadata.BeginReassignment.verify|verify} messages.
         * @param message BeginReassignment message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.BeginReassignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a BeginReassignment message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.BeginReassignment & metadata.BeginReassignment.$Shape} BeginReassignment
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.BeginReassignment & metadata.BeginReassignment.$Shape;
    }

    namespace BeginReassignment {

        /** Properties of a BeginReassignment. */
        interface $Properties {

            /** BeginReassignment name */
            name?: (string|null);

            /** BeginReassignment partition */
            partition?: (number|null);

            /** BeginReassignment targetReplicas */
            targetReplicas?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a BeginReassignment. */
        type $Shape = metadata.BeginReassignment.$Properties;
    }

    /**
     * Properties of an AllocateProducerIds.
     * @deprecated Use metadata.AllocateProducerIds.$Properties instead.
     */
    interface IAllocateProducerIds extends metadata.AllocateProducerIds.$Properties {
    }

    /** Represents an AllocateProducerIds. */
    class AllocateProducerIds {

        /**
         * Constructs a new AllocateProducerIds.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.AllocateProducerIds.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AllocateProducerIds brokerId. */
        brokerId: number;

        /** AllocateProducerIds incarnation. */
        incarnation: string;

        /** AllocateProducerIds count. */
        count: number;

        /**
         * Encodes the specified AllocateProducerIds message. Does not implicitly {@link metadata.AllocateProducerIds.verify|verify} messages.
         * @param message AllocateProducerIds message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.AllocateProducerIds.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AllocateProducerIds message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.AllocateProducerIds & metadata.AllocateProducerIds.$Shape} AllocateProducerIds
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.AllocateProducerIds & metadata.AllocateProducerIds.$Shape;
    }

    namespace AllocateProducerIds {

        /** Properties of an AllocateProducerIds. */
        interface $Properties {

            /** AllocateProducerIds brokerId */
            brokerId?: (number|null);

            /** AllocateProducerIds incarnation */
            incarnation?: (string|null);

            /** AllocateProducerIds count */
            count?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AllocateProducerIds. */
        type $Shape = metadata.AllocateProducerIds.$Properties;
    }

    /**
     * Properties of a SetFeatureLevel.
     * @deprecated Use metadata.SetFeatureLevel.$Properties instead.
     */
    interface ISetFeatureLevel extends metadata.SetFeatureLevel.$Properties {
    }

    /** Represents a SetFeatureLevel. */
    class SetFeatureLevel {

        /**
         * Constructs a new SetFeatureLevel.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.SetFeatureLevel.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SetFeatureLevel name. */
        name: string;

        /** SetFeatureLevel level. */
        level: number;

        /**
         * Encodes the specified SetFeatureLevel message. Does not implicitly {@link metadata.SetFeatureLevel.verify|verify} messages.
         * @param message SetFeatureLevel message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.SetFeatureLevel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SetFeatureLevel message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.SetFeatureLevel & metadata.SetFeatureLevel.$Shape} SetFeatureLevel
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.SetFeatureLevel & metadata.SetFeatureLevel.$Shape;
    }

    namespace SetFeatureLevel {

        /** Properties of a SetFeatureLevel. */
        interface $Properties {

            /** SetFeatureLevel name */
            name?: (string|null);

            /** SetFeatureLevel level */
            level?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SetFeatureLevel. */
        type $Shape = metadata.SetFeatureLevel.$Properties;
    }

    /**
     * Properties of a Batch.
     * @deprecated Use metadata.Batch.$Properties instead.
     */
    interface IBatch extends metadata.Batch.$Properties {
    }

    /** Represents a Batch. */
    class Batch {

        /**
         * Constructs a new Batch.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Batch.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Batch commands. */
        commands: metadata.Command.$Properties[];

        /**
         * Encodes the specified Batch message. Does not implicitly {@link metadata.Batch.verify|verify} messages.
         * @param message Batch message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Batch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Batch message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Batch & metadata.Batch.$Shape} Batch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Batch & metadata.Batch.$Shape;
    }

    namespace Batch {

        /** Properties of a Batch. */
        interface $Properties {

            /** Batch commands */
            commands?: (metadata.Command.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Batch. */
        type $Shape = {
          commands?: metadata.Command.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    /**
     * Properties of a Command.
     * @deprecated Use metadata.Command.$Properties instead.
     */
    interface ICommand extends metadata.Command.$Properties {
    }

    /** Represents a Command. */
    class Command {

        /**
         * Constructs a new Command.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Command.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Command registerBroker. */
        registerBroker?: (metadata.RegisterBroker.$Properties|null);

        /** Command updateBroker. */
        updateBroker?: (metadata.UpdateBroker.$Properties|null);

        /** Command fenceBroker. */
        fenceBroker?: (metadata.BrokerIdentity.$Properties|null);

        /** Command unfenceBroker. */
        unfenceBroker?: (metadata.BrokerIdentity.$Properties|null);

        /** Command drainBroker. */
        drainBroker?: (metadata.BrokerIdentity.$Properties|null);

        /** Command unregisterBroker. */
        unregisterBroker?: (metadata.UnregisterBroker.$Properties|null);

        /** Command createTopic. */
        createTopic?: (metadata.CreateTopic.$Properties|null);

        /** Command deleteTopic. */
        deleteTopic?: (metadata.DeleteTopic.$Properties|null);

        /** Command configureTopic. */
        configureTopic?: (metadata.ConfigureTopic.$Properties|null);

        /** Command configureBroker. */
        configureBroker?: (metadata.ConfigureBroker.$Properties|null);

        /** Command addPartitions. */
        addPartitions?: (metadata.AddPartitions.$Properties|null);

        /** Command changePartition. */
        changePartition?: (metadata.ChangePartition.$Properties|null);

        /** Command electPreferredLeaders. */
        electPreferredLeaders?: (metadata.ElectPreferredLeaders.$Properties|null);

        /** Command beginReassignment. */
        beginReassignment?: (metadata.BeginReassignment.$Properties|null);

        /** Command finishReassignment. */
        finishReassignment?: (metadata.TopicPartition.$Properties|null);

        /** Command cancelReassignment. */
        cancelReassignment?: (metadata.TopicPartition.$Properties|null);

        /** Command allocateProducerIds. */
        allocateProducerIds?: (metadata.AllocateProducerIds.$Properties|null);

        /** Command setFeatureLevel. */
        setFeatureLevel?: (metadata.SetFeatureLevel.$Properties|null);

        /** Command batch. */
        batch?: (metadata.Batch.$Properties|null);

        /** Command electUncleanLeaders. */
        electUncleanLeaders?: (metadata.ElectUncleanLeaders.$Properties|null);

        /** Command kind. */
        kind?: ("registerBroker"|"updateBroker"|"fenceBroker"|"unfenceBroker"|"drainBroker"|"unregisterBroker"|"createTopic"|"deleteTopic"|"configureTopic"|"configureBroker"|"addPartitions"|"changePartition"|"electPreferredLeaders"|"beginReassignment"|"finishReassignment"|"cancelReassignment"|"allocateProducerIds"|"setFeatureLevel"|"batch"|"electUncleanLeaders");

        /**
         * Encodes the specified Command message. Does not implicitly {@link metadata.Command.verify|verify} messages.
         * @param message Command message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Command.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Command message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Command & metadata.Command.$Shape} Command
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Command & metadata.Command.$Shape;
    }

    namespace Command {

        /** Properties of a Command. */
        interface $Properties {

            /** Command registerBroker */
            registerBroker?: (metadata.RegisterBroker.$Properties|null);

            /** Command updateBroker */
            updateBroker?: (metadata.UpdateBroker.$Properties|null);

            /** Command fenceBroker */
            fenceBroker?: (metadata.BrokerIdentity.$Properties|null);

            /** Command unfenceBroker */
            unfenceBroker?: (metadata.BrokerIdentity.$Properties|null);

            /** Command drainBroker */
            drainBroker?: (metadata.BrokerIdentity.$Properties|null);

            /** Command unregisterBroker */
            unregisterBroker?: (metadata.UnregisterBroker.$Properties|null);

            /** Command createTopic */
            createTopic?: (metadata.CreateTopic.$Properties|null);

            /** Command deleteTopic */
            deleteTopic?: (metadata.DeleteTopic.$Properties|null);

            /** Command configureTopic */
            configureTopic?: (metadata.ConfigureTopic.$Properties|null);

            /** Command configureBroker */
            configureBroker?: (metadata.ConfigureBroker.$Properties|null);

            /** Command addPartitions */
            addPartitions?: (metadata.AddPartitions.$Properties|null);

            /** Command changePartition */
            changePartition?: (metadata.ChangePartition.$Properties|null);

            /** Command electPreferredLeaders */
            electPreferredLeaders?: (metadata.ElectPreferredLeaders.$Properties|null);

            /** Command beginReassignment */
            beginReassignment?: (metadata.BeginReassignment.$Properties|null);

            /** Command finishReassignment */
            finishReassignment?: (metadata.TopicPartition.$Properties|null);

            /** Command cancelReassignment */
            cancelReassignment?: (metadata.TopicPartition.$Properties|null);

            /** Command allocateProducerIds */
            allocateProducerIds?: (metadata.AllocateProducerIds.$Properties|null);

            /** Command setFeatureLevel */
            setFeatureLevel?: (metadata.SetFeatureLevel.$Properties|null);

            /** Command batch */
            batch?: (metadata.Batch.$Properties|null);

            /** Command electUncleanLeaders */
            electUncleanLeaders?: (metadata.ElectUncleanLeaders.$Properties|null);

            /** Command kind */
            kind?: ("registerBroker"|"updateBroker"|"fenceBroker"|"unfenceBroker"|"drainBroker"|"unregisterBroker"|"createTopic"|"deleteTopic"|"configureTopic"|"configureBroker"|"addPartitions"|"changePartition"|"electPreferredLeaders"|"beginReassignment"|"finishReassignment"|"cancelReassignment"|"allocateProducerIds"|"setFeatureLevel"|"batch"|"electUncleanLeaders");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a Command. */
        type $Shape = {
          registerBroker?: metadata.RegisterBroker.$Shape|null;
          updateBroker?: metadata.UpdateBroker.$Shape|null;
          fenceBroker?: metadata.BrokerIdentity.$Shape|null;
          unfenceBroker?: metadata.BrokerIdentity.$Shape|null;
          drainBroker?: metadata.BrokerIdentity.$Shape|null;
          unregisterBroker?: metadata.UnregisterBroker.$Shape|null;
          createTopic?: metadata.CreateTopic.$Shape|null;
          deleteTopic?: metadata.DeleteTopic.$Shape|null;
          configureTopic?: metadata.ConfigureTopic.$Shape|null;
          configureBroker?: metadata.ConfigureBroker.$Shape|null;
          addPartitions?: metadata.AddPartitions.$Shape|null;
          changePartition?: metadata.ChangePartition.$Shape|null;
          electPreferredLeaders?: metadata.ElectPreferredLeaders.$Shape|null;
          beginReassignment?: metadata.BeginReassignment.$Shape|null;
          finishReassignment?: metadata.TopicPartition.$Shape|null;
          cancelReassignment?: metadata.TopicPartition.$Shape|null;
          allocateProducerIds?: metadata.AllocateProducerIds.$Shape|null;
          setFeatureLevel?: metadata.SetFeatureLevel.$Shape|null;
          batch?: metadata.Batch.$Shape|null;
          electUncleanLeaders?: metadata.ElectUncleanLeaders.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ kind?: undefined; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "registerBroker"; registerBroker: metadata.RegisterBroker.$Shape; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "updateBroker"; registerBroker?: null; updateBroker: metadata.UpdateBroker.$Shape; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "fenceBroker"; registerBroker?: null; updateBroker?: null; fenceBroker: metadata.BrokerIdentity.$Shape; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "unfenceBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker: metadata.BrokerIdentity.$Shape; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "drainBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker: metadata.BrokerIdentity.$Shape; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "unregisterBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker: metadata.UnregisterBroker.$Shape; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "createTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic: metadata.CreateTopic.$Shape; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "deleteTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic: metadata.DeleteTopic.$Shape; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "configureTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic: metadata.ConfigureTopic.$Shape; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "configureBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker: metadata.ConfigureBroker.$Shape; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "addPartitions"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions: metadata.AddPartitions.$Shape; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "changePartition"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition: metadata.ChangePartition.$Shape; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "electPreferredLeaders"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders: metadata.ElectPreferredLeaders.$Shape; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "beginReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment: metadata.BeginReassignment.$Shape; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "finishReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment: metadata.TopicPartition.$Shape; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "cancelReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment: metadata.TopicPartition.$Shape; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "allocateProducerIds"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds: metadata.AllocateProducerIds.$Shape; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "setFeatureLevel"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel: metadata.SetFeatureLevel.$Shape; batch?: null; electUncleanLeaders?: null }|{ kind?: "batch"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch: metadata.Batch.$Shape; electUncleanLeaders?: null }|{ kind?: "electUncleanLeaders"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders: metadata.ElectUncleanLeaders.$Shape })
        );
    }

    /** BrokerStatus enum. */
    enum BrokerStatus {

        /** FENCED value */
        FENCED = 0,

        /** ACTIVE value */
        ACTIVE = 1,

        /** DRAINING value */
        DRAINING = 2
    }

    /**
     * Properties of a Registration.
     * @deprecated Use metadata.Registration.$Properties instead.
     */
    interface IRegistration extends metadata.Registration.$Properties {
    }

    /** Represents a Registration. */
    class Registration {

        /**
         * Constructs a new Registration.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Registration.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Registration epoch. */
        epoch: number;

        /** Registration status. */
        status: metadata.BrokerStatus;

        /**
         * Encodes the specified Registration message. Does not implicitly {@link metadata.Registration.verify|verify} messages.
         * @param message Registration message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Registration.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Registration message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Registration & metadata.Registration.$Shape} Registration
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Registration & metadata.Registration.$Shape;
    }

    namespace Registration {

        /** Properties of a Registration. */
        interface $Properties {

            /** Registration epoch */
            epoch?: (number|null);

            /** Registration status */
            status?: (metadata.BrokerStatus|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Registration. */
        type $Shape = metadata.Registration.$Properties;
    }

    /**
     * Properties of a Done.
     * @deprecated Use metadata.Done.$Properties instead.
     */
    interface IDone extends metadata.Done.$Properties {
    }

    /** Represents a Done. */
    class Done {

        /**
         * Constructs a new Done.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Done.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /**
         * Encodes the specified Done message. Does not implicitly {@link metadata.Done.verify|verify} messages.
         * @param message Done message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Done.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Done message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Done & metadata.Done.$Shape} Done
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Done & metadata.Done.$Shape;
    }

    namespace Done {

        /** Properties of a Done. */
        interface $Properties {

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Done. */
        type $Shape = metadata.Done.$Properties;
    }

    /**
     * Properties of a LeaderMoves.
     * @deprecated Use metadata.LeaderMoves.$Properties instead.
     */
    interface ILeaderMoves extends metadata.LeaderMoves.$Properties {
    }

    /** Represents a LeaderMoves. */
    class LeaderMoves {

        /**
         * Constructs a new LeaderMoves.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.LeaderMoves.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LeaderMoves movedLeaderCount. */
        movedLeaderCount: number;

        /** LeaderMoves leaderlessCount. */
        leaderlessCount: number;

        /**
         * Encodes the specified LeaderMoves message. Does not implicitly {@link metadata.LeaderMoves.verify|verify} messages.
         * @param message LeaderMoves message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.LeaderMoves.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LeaderMoves message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.LeaderMoves & metadata.LeaderMoves.$Shape} LeaderMoves
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.LeaderMoves & metadata.LeaderMoves.$Shape;
    }

    namespace LeaderMoves {

        /** Properties of a LeaderMoves. */
        interface $Properties {

            /** LeaderMoves movedLeaderCount */
            movedLeaderCount?: (number|null);

            /** LeaderMoves leaderlessCount */
            leaderlessCount?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LeaderMoves. */
        type $Shape = metadata.LeaderMoves.$Properties;
    }

    /**
     * Properties of a CreatedTopic.
     * @deprecated Use metadata.CreatedTopic.$Properties instead.
     */
    interface ICreatedTopic extends metadata.CreatedTopic.$Properties {
    }

    /** Represents a CreatedTopic. */
    class CreatedTopic {

        /**
         * Constructs a new CreatedTopic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.CreatedTopic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CreatedTopic topicId. */
        topicId: string;

        /** CreatedTopic partitionCount. */
        partitionCount: number;

        /** CreatedTopic replicationFactor. */
        replicationFactor: number;

        /**
         * Encodes the specified CreatedTopic message. Does not implicitly {@link metadata.CreatedTopic.verify|verify} messages.
         * @param message CreatedTopic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.CreatedTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CreatedTopic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.CreatedTopic & metadata.CreatedTopic.$Shape} CreatedTopic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.CreatedTopic & metadata.CreatedTopic.$Shape;
    }

    namespace CreatedTopic {

        /** Properties of a CreatedTopic. */
        interface $Properties {

            /** CreatedTopic topicId */
            topicId?: (string|null);

            /** CreatedTopic partitionCount */
            partitionCount?: (number|null);

            /** CreatedTopic replicationFactor */
            replicationFactor?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CreatedTopic. */
        type $Shape = metadata.CreatedTopic.$Properties;
    }

    /**
     * Properties of a DeletedTopic.
     * @deprecated Use metadata.DeletedTopic.$Properties instead.
     */
    interface IDeletedTopic extends metadata.DeletedTopic.$Properties {
    }

    /** Represents a DeletedTopic. */
    class DeletedTopic {

        /**
         * Constructs a new DeletedTopic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.DeletedTopic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DeletedTopic topicId. */
        topicId: string;

        /**
         * Encodes the specified DeletedTopic message. Does not implicitly {@link metadata.DeletedTopic.verify|verify} messages.
         * @param message DeletedTopic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.DeletedTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DeletedTopic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.DeletedTopic & metadata.DeletedTopic.$Shape} DeletedTopic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.DeletedTopic & metadata.DeletedTopic.$Shape;
    }

    namespace DeletedTopic {

        /** Properties of a DeletedTopic. */
        interface $Properties {

            /** DeletedTopic topicId */
            topicId?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DeletedTopic. */
        type $Shape = metadata.DeletedTopic.$Properties;
    }

    /**
     * Properties of an AddedPartitions.
     * @deprecated Use metadata.AddedPartitions.$Properties instead.
     */
    interface IAddedPartitions extends metadata.AddedPartitions.$Properties {
    }

    /** Represents an AddedPartitions. */
    class AddedPartitions {

        /**
         * Constructs a new AddedPartitions.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.AddedPartitions.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AddedPartitions partitionCount. */
        partitionCount: number;

        /**
         * Encodes the specified AddedPartitions message. Does not implicitly {@link metadata.AddedPartitions.verify|verify} messages.
         * @param message AddedPartitions message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.AddedPartitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AddedPartitions message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.AddedPartitions & metadata.AddedPartitions.$Shape} AddedPartitions
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.AddedPartitions & metadata.AddedPartitions.$Shape;
    }

    namespace AddedPartitions {

        /** Properties of an AddedPartitions. */
        interface $Properties {

            /** AddedPartitions partitionCount */
            partitionCount?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AddedPartitions. */
        type $Shape = metadata.AddedPartitions.$Properties;
    }

    /**
     * Properties of a ChangedPartition.
     * @deprecated Use metadata.ChangedPartition.$Properties instead.
     */
    interface IChangedPartition extends metadata.ChangedPartition.$Properties {
    }

    /** Represents a ChangedPartition. */
    class ChangedPartition {

        /**
         * Constructs a new ChangedPartition.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ChangedPartition.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ChangedPartition partitionEpoch. */
        partitionEpoch: number;

        /** ChangedPartition leaderEpoch. */
        leaderEpoch: number;

        /** ChangedPartition leader. */
        leader?: (number|null);

        /** ChangedPartition isr. */
        isr: number[];

        /**
         * Encodes the specified ChangedPartition message. Does not implicitly {@link metadata.ChangedPartition.verify|verify} messages.
         * @param message ChangedPartition message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ChangedPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ChangedPartition message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ChangedPartition & metadata.ChangedPartition.$Shape} ChangedPartition
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ChangedPartition & metadata.ChangedPartition.$Shape;
    }

    namespace ChangedPartition {

        /** Properties of a ChangedPartition. */
        interface $Properties {

            /** ChangedPartition partitionEpoch */
            partitionEpoch?: (number|null);

            /** ChangedPartition leaderEpoch */
            leaderEpoch?: (number|null);

            /** ChangedPartition leader */
            leader?: (number|null);

            /** ChangedPartition isr */
            isr?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ChangedPartition. */
        type $Shape = metadata.ChangedPartition.$Properties;
    }

    /** Election enum. */
    enum Election {

        /** ELECTED value */
        ELECTED = 0,

        /** NOT_NEEDED value */
        NOT_NEEDED = 1,

        /** NOT_AVAILABLE value */
        NOT_AVAILABLE = 2,

        /** UNKNOWN_PARTITION value */
        UNKNOWN_PARTITION = 3
    }

    /**
     * Properties of an ElectionOutcome.
     * @deprecated Use metadata.ElectionOutcome.$Properties instead.
     */
    interface IElectionOutcome extends metadata.ElectionOutcome.$Properties {
    }

    /** Represents an ElectionOutcome. */
    class ElectionOutcome {

        /**
         * Constructs a new ElectionOutcome.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ElectionOutcome.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ElectionOutcome name. */
        name: string;

        /** ElectionOutcome partition. */
        partition: number;

        /** ElectionOutcome outcome. */
        outcome: metadata.Election;

        /**
         * Encodes the specified ElectionOutcome message. Does not implicitly {@link metadata.ElectionOutcome.verify|verify} messages.
         * @param message ElectionOutcome message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ElectionOutcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an ElectionOutcome message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ElectionOutcome & metadata.ElectionOutcome.$Shape} ElectionOutcome
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ElectionOutcome & metadata.ElectionOutcome.$Shape;
    }

    namespace ElectionOutcome {

        /** Properties of an ElectionOutcome. */
        interface $Properties {

            /** ElectionOutcome name */
            name?: (string|null);

            /** ElectionOutcome partition */
            partition?: (number|null);

            /** ElectionOutcome outcome */
            outcome?: (metadata.Election|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an ElectionOutcome. */
        type $Shape = metadata.ElectionOutcome.$Properties;
    }

    /**
     * Properties of an Elections.
     * @deprecated Use metadata.Elections.$Properties instead.
     */
    interface IElections extends metadata.Elections.$Properties {
    }

    /** Represents an Elections. */
    class Elections {

        /**
         * Constructs a new Elections.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Elections.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Elections elections. */
        elections: metadata.ElectionOutcome.$Properties[];

        /**
         * Encodes the specified Elections message. Does not implicitly {@link metadata.Elections.verify|verify} messages.
         * @param message Elections message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Elections.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Elections message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Elections & metadata.Elections.$Shape} Elections
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Elections & metadata.Elections.$Shape;
    }

    namespace Elections {

        /** Properties of an Elections. */
        interface $Properties {

            /** Elections elections */
            elections?: (metadata.ElectionOutcome.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Elections. */
        type $Shape = metadata.Elections.$Properties;
    }

    /**
     * Properties of a ProducerIdBlock.
     * @deprecated Use metadata.ProducerIdBlock.$Properties instead.
     */
    interface IProducerIdBlock extends metadata.ProducerIdBlock.$Properties {
    }

    /** Represents a ProducerIdBlock. */
    class ProducerIdBlock {

        /**
         * Constructs a new ProducerIdBlock.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.ProducerIdBlock.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProducerIdBlock firstProducerId. */
        firstProducerId: number;

        /** ProducerIdBlock count. */
        count: number;

        /**
         * Encodes the specified ProducerIdBlock message. Does not implicitly {@link metadata.ProducerIdBlock.verify|verify} messages.
         * @param message ProducerIdBlock message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.ProducerIdBlock.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProducerIdBlock message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.ProducerIdBlock & metadata.ProducerIdBlock.$Shape} ProducerIdBlock
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.ProducerIdBlock & metadata.ProducerIdBlock.$Shape;
    }

    namespace ProducerIdBlock {

        /** Properties of a ProducerIdBlock. */
        interface $Properties {

            /** ProducerIdBlock firstProducerId */
            firstProducerId?: (number|null);

            /** ProducerIdBlock count */
            count?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ProducerIdBlock. */
        type $Shape = metadata.ProducerIdBlock.$Properties;
    }

    /**
     * Properties of a Results.
     * @deprecated Use metadata.Results.$Properties instead.
     */
    interface IResults extends metadata.Results.$Properties {
    }

    /** Represents a Results. */
    class Results {

        /**
         * Constructs a new Results.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Results.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Results results. */
        results: metadata.Result.$Properties[];

        /**
         * Encodes the specified Results message. Does not implicitly {@link metadata.Results.verify|verify} messages.
         * @param message Results message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Results.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Results message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Results & metadata.Results.$Shape} Results
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Results & metadata.Results.$Shape;
    }

    namespace Results {

        /** Properties of a Results. */
        interface $Properties {

            /** Results results */
            results?: (metadata.Result.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Results. */
        type $Shape = {
          results?: metadata.Result.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    /**
     * Properties of a Result.
     * @deprecated Use metadata.Result.$Properties instead.
     */
    interface IResult extends metadata.Result.$Properties {
    }

    /** Represents a Result. */
    class Result {

        /**
         * Constructs a new Result.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Result.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Result registerBroker. */
        registerBroker?: (metadata.Registration.$Properties|null);

        /** Result updateBroker. */
        updateBroker?: (metadata.Done.$Properties|null);

        /** Result fenceBroker. */
        fenceBroker?: (metadata.LeaderMoves.$Properties|null);

        /** Result unfenceBroker. */
        unfenceBroker?: (metadata.LeaderMoves.$Properties|null);

        /** Result drainBroker. */
        drainBroker?: (metadata.LeaderMoves.$Properties|null);

        /** Result unregisterBroker. */
        unregisterBroker?: (metadata.Done.$Properties|null);

        /** Result createTopic. */
        createTopic?: (metadata.CreatedTopic.$Properties|null);

        /** Result deleteTopic. */
        deleteTopic?: (metadata.DeletedTopic.$Properties|null);

        /** Result configureTopic. */
        configureTopic?: (metadata.Done.$Properties|null);

        /** Result configureBroker. */
        configureBroker?: (metadata.Done.$Properties|null);

        /** Result addPartitions. */
        addPartitions?: (metadata.AddedPartitions.$Properties|null);

        /** Result changePartition. */
        changePartition?: (metadata.ChangedPartition.$Properties|null);

        /** Result electPreferredLeaders. */
        electPreferredLeaders?: (metadata.Elections.$Properties|null);

        /** Result beginReassignment. */
        beginReassignment?: (metadata.ChangedPartition.$Properties|null);

        /** Result finishReassignment. */
        finishReassignment?: (metadata.ChangedPartition.$Properties|null);

        /** Result cancelReassignment. */
        cancelReassignment?: (metadata.ChangedPartition.$Properties|null);

        /** Result allocateProducerIds. */
        allocateProducerIds?: (metadata.ProducerIdBlock.$Properties|null);

        /** Result setFeatureLevel. */
        setFeatureLevel?: (metadata.Done.$Properties|null);

        /** Result batch. */
        batch?: (metadata.Results.$Properties|null);

        /** Result electUncleanLeaders. */
        electUncleanLeaders?: (metadata.Elections.$Properties|null);

        /** Result kind. */
        kind?: ("registerBroker"|"updateBroker"|"fenceBroker"|"unfenceBroker"|"drainBroker"|"unregisterBroker"|"createTopic"|"deleteTopic"|"configureTopic"|"configureBroker"|"addPartitions"|"changePartition"|"electPreferredLeaders"|"beginReassignment"|"finishReassignment"|"cancelReassignment"|"allocateProducerIds"|"setFeatureLevel"|"batch"|"electUncleanLeaders");

        /**
         * Encodes the specified Result message. Does not implicitly {@link metadata.Result.verify|verify} messages.
         * @param message Result message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Result message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Result & metadata.Result.$Shape} Result
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Result & metadata.Result.$Shape;
    }

    namespace Result {

        /** Properties of a Result. */
        interface $Properties {

            /** Result registerBroker */
            registerBroker?: (metadata.Registration.$Properties|null);

            /** Result updateBroker */
            updateBroker?: (metadata.Done.$Properties|null);

            /** Result fenceBroker */
            fenceBroker?: (metadata.LeaderMoves.$Properties|null);

            /** Result unfenceBroker */
            unfenceBroker?: (metadata.LeaderMoves.$Properties|null);

            /** Result drainBroker */
            drainBroker?: (metadata.LeaderMoves.$Properties|null);

            /** Result unregisterBroker */
            unregisterBroker?: (metadata.Done.$Properties|null);

            /** Result createTopic */
            createTopic?: (metadata.CreatedTopic.$Properties|null);

            /** Result deleteTopic */
            deleteTopic?: (metadata.DeletedTopic.$Properties|null);

            /** Result configureTopic */
            configureTopic?: (metadata.Done.$Properties|null);

            /** Result configureBroker */
            configureBroker?: (metadata.Done.$Properties|null);

            /** Result addPartitions */
            addPartitions?: (metadata.AddedPartitions.$Properties|null);

            /** Result changePartition */
            changePartition?: (metadata.ChangedPartition.$Properties|null);

            /** Result electPreferredLeaders */
            electPreferredLeaders?: (metadata.Elections.$Properties|null);

            /** Result beginReassignment */
            beginReassignment?: (metadata.ChangedPartition.$Properties|null);

            /** Result finishReassignment */
            finishReassignment?: (metadata.ChangedPartition.$Properties|null);

            /** Result cancelReassignment */
            cancelReassignment?: (metadata.ChangedPartition.$Properties|null);

            /** Result allocateProducerIds */
            allocateProducerIds?: (metadata.ProducerIdBlock.$Properties|null);

            /** Result setFeatureLevel */
            setFeatureLevel?: (metadata.Done.$Properties|null);

            /** Result batch */
            batch?: (metadata.Results.$Properties|null);

            /** Result electUncleanLeaders */
            electUncleanLeaders?: (metadata.Elections.$Properties|null);

            /** Result kind */
            kind?: ("registerBroker"|"updateBroker"|"fenceBroker"|"unfenceBroker"|"drainBroker"|"unregisterBroker"|"createTopic"|"deleteTopic"|"configureTopic"|"configureBroker"|"addPartitions"|"changePartition"|"electPreferredLeaders"|"beginReassignment"|"finishReassignment"|"cancelReassignment"|"allocateProducerIds"|"setFeatureLevel"|"batch"|"electUncleanLeaders");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a Result. */
        type $Shape = {
          registerBroker?: metadata.Registration.$Shape|null;
          updateBroker?: metadata.Done.$Shape|null;
          fenceBroker?: metadata.LeaderMoves.$Shape|null;
          unfenceBroker?: metadata.LeaderMoves.$Shape|null;
          drainBroker?: metadata.LeaderMoves.$Shape|null;
          unregisterBroker?: metadata.Done.$Shape|null;
          createTopic?: metadata.CreatedTopic.$Shape|null;
          deleteTopic?: metadata.DeletedTopic.$Shape|null;
          configureTopic?: metadata.Done.$Shape|null;
          configureBroker?: metadata.Done.$Shape|null;
          addPartitions?: metadata.AddedPartitions.$Shape|null;
          changePartition?: metadata.ChangedPartition.$Shape|null;
          electPreferredLeaders?: metadata.Elections.$Shape|null;
          beginReassignment?: metadata.ChangedPartition.$Shape|null;
          finishReassignment?: metadata.ChangedPartition.$Shape|null;
          cancelReassignment?: metadata.ChangedPartition.$Shape|null;
          allocateProducerIds?: metadata.ProducerIdBlock.$Shape|null;
          setFeatureLevel?: metadata.Done.$Shape|null;
          batch?: metadata.Results.$Shape|null;
          electUncleanLeaders?: metadata.Elections.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ kind?: undefined; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "registerBroker"; registerBroker: metadata.Registration.$Shape; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "updateBroker"; registerBroker?: null; updateBroker: metadata.Done.$Shape; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "fenceBroker"; registerBroker?: null; updateBroker?: null; fenceBroker: metadata.LeaderMoves.$Shape; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "unfenceBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker: metadata.LeaderMoves.$Shape; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "drainBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker: metadata.LeaderMoves.$Shape; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "unregisterBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker: metadata.Done.$Shape; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "createTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic: metadata.CreatedTopic.$Shape; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "deleteTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic: metadata.DeletedTopic.$Shape; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "configureTopic"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic: metadata.Done.$Shape; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "configureBroker"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker: metadata.Done.$Shape; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "addPartitions"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions: metadata.AddedPartitions.$Shape; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "changePartition"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition: metadata.ChangedPartition.$Shape; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "electPreferredLeaders"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders: metadata.Elections.$Shape; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "beginReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment: metadata.ChangedPartition.$Shape; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "finishReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment: metadata.ChangedPartition.$Shape; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "cancelReassignment"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment: metadata.ChangedPartition.$Shape; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "allocateProducerIds"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds: metadata.ProducerIdBlock.$Shape; setFeatureLevel?: null; batch?: null; electUncleanLeaders?: null }|{ kind?: "setFeatureLevel"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel: metadata.Done.$Shape; batch?: null; electUncleanLeaders?: null }|{ kind?: "batch"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch: metadata.Results.$Shape; electUncleanLeaders?: null }|{ kind?: "electUncleanLeaders"; registerBroker?: null; updateBroker?: null; fenceBroker?: null; unfenceBroker?: null; drainBroker?: null; unregisterBroker?: null; createTopic?: null; deleteTopic?: null; configureTopic?: null; configureBroker?: null; addPartitions?: null; changePartition?: null; electPreferredLeaders?: null; beginReassignment?: null; finishReassignment?: null; cancelReassignment?: null; allocateProducerIds?: null; setFeatureLevel?: null; batch?: null; electUncleanLeaders: metadata.Elections.$Shape })
        );
    }

    /**
     * Properties of a Refusal.
     * @deprecated Use metadata.Refusal.$Properties instead.
     */
    interface IRefusal extends metadata.Refusal.$Properties {
    }

    /** Represents a Refusal. */
    class Refusal {

        /**
         * Constructs a new Refusal.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Refusal.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Refusal code. */
        code: string;

        /** Refusal message. */
        message: string;

        /** Refusal commandIndex. */
        commandIndex?: (number|null);

        /**
         * Encodes the specified Refusal message. Does not implicitly {@link metadata.Refusal.verify|verify} messages.
         * @param message Refusal message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Refusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Refusal message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Refusal & metadata.Refusal.$Shape} Refusal
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Refusal & metadata.Refusal.$Shape;
    }

    namespace Refusal {

        /** Properties of a Refusal. */
        interface $Properties {

            /** Refusal code */
            code?: (string|null);

            /** Refusal message */
            message?: (string|null);

            /** Refusal commandIndex */
            commandIndex?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Refusal. */
        type $Shape = metadata.Refusal.$Properties;
    }

    /**
     * Properties of an Answer.
     * @deprecated Use metadata.Answer.$Properties instead.
     */
    interface IAnswer extends metadata.Answer.$Properties {
    }

    /** Represents an Answer. */
    class Answer {

        /**
         * Constructs a new Answer.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Answer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Answer version. */
        version: number;

        /** Answer applied. */
        applied?: (metadata.Result.$Properties|null);

        /** Answer refused. */
        refused?: (metadata.Refusal.$Properties|null);

        /** Answer outcome. */
        outcome?: ("applied"|"refused");

        /**
         * Encodes the specified Answer message. Does not implicitly {@link metadata.Answer.verify|verify} messages.
         * @param message Answer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Answer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Answer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Answer & metadata.Answer.$Shape} Answer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Answer & metadata.Answer.$Shape;
    }

    namespace Answer {

        /** Properties of an Answer. */
        interface $Properties {

            /** Answer version */
            version?: (number|null);

            /** Answer applied */
            applied?: (metadata.Result.$Properties|null);

            /** Answer refused */
            refused?: (metadata.Refusal.$Properties|null);

            /** Answer outcome */
            outcome?: ("applied"|"refused");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an Answer. */
        type $Shape = {
          version?: number|null;
          applied?: metadata.Result.$Shape|null;
          refused?: metadata.Refusal.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ outcome?: undefined; applied?: null; refused?: null }|{ outcome?: "applied"; applied: metadata.Result.$Shape; refused?: null }|{ outcome?: "refused"; applied?: null; refused: metadata.Refusal.$Shape })
        );
    }

    /**
     * Properties of a Broker.
     * @deprecated Use metadata.Broker.$Properties instead.
     */
    interface IBroker extends metadata.Broker.$Properties {
    }

    /** Represents a Broker. */
    class Broker {

        /**
         * Constructs a new Broker.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Broker.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Broker brokerId. */
        brokerId: number;

        /** Broker incarnation. */
        incarnation: string;

        /** Broker epoch. */
        epoch: number;

        /** Broker status. */
        status: metadata.BrokerStatus;

        /** Broker endpoints. */
        endpoints: metadata.Endpoint.$Properties[];

        /** Broker rack. */
        rack?: (string|null);

        /** Broker supportedFeatures. */
        supportedFeatures: metadata.SupportedFeature.$Properties[];

        /** Broker configs. */
        configs: metadata.ConfigEntry.$Properties[];

        /**
         * Encodes the specified Broker message. Does not implicitly {@link metadata.Broker.verify|verify} messages.
         * @param message Broker message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Broker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Broker message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Broker & metadata.Broker.$Shape} Broker
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Broker & metadata.Broker.$Shape;
    }

    namespace Broker {

        /** Properties of a Broker. */
        interface $Properties {

            /** Broker brokerId */
            brokerId?: (number|null);

            /** Broker incarnation */
            incarnation?: (string|null);

            /** Broker epoch */
            epoch?: (number|null);

            /** Broker status */
            status?: (metadata.BrokerStatus|null);

            /** Broker endpoints */
            endpoints?: (metadata.Endpoint.$Properties[]|null);

            /** Broker rack */
            rack?: (string|null);

            /** Broker supportedFeatures */
            supportedFeatures?: (metadata.SupportedFeature.$Properties[]|null);

            /** Broker configs */
            configs?: (metadata.ConfigEntry.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Broker. */
        type $Shape = metadata.Broker.$Properties;
    }

    /**
     * Properties of a Partition.
     * @deprecated Use metadata.Partition.$Properties instead.
     */
    interface IPartition extends metadata.Partition.$Properties {
    }

    /** Represents a Partition. */
    class Partition {

        /**
         * Constructs a new Partition.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Partition.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Partition replicas. */
        replicas: number[];

        /** Partition isr. */
        isr: number[];

        /** Partition leader. */
        leader?: (number|null);

        /** Partition leaderEpoch. */
        leaderEpoch: number;

        /** Partition partitionEpoch. */
        partitionEpoch: number;

        /** Partition addingReplicas. */
        addingReplicas: number[];

        /** Partition removingReplicas. */
        removingReplicas: number[];

        /** Partition eligibleReplicas. */
        eligibleReplicas: number[];

        /**
         * Encodes the specified Partition message. Does not implicitly {@link metadata.Partition.verify|verify} messages.
         * @param message Partition message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Partition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Partition message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Partition & metadata.Partition.$Shape} Partition
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Partition & metadata.Partition.$Shape;
    }

    namespace Partition {

        /** Properties of a Partition. */
        interface $Properties {

            /** Partition replicas */
            replicas?: (number[]|null);

            /** Partition isr */
            isr?: (number[]|null);

            /** Partition leader */
            leader?: (number|null);

            /** Partition leaderEpoch */
            leaderEpoch?: (number|null);

            /** Partition partitionEpoch */
            partitionEpoch?: (number|null);

            /** Partition addingReplicas */
            addingReplicas?: (number[]|null);

            /** Partition removingReplicas */
            removingReplicas?: (number[]|null);

            /** Partition eligibleReplicas */
            eligibleReplicas?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Partition. */
        type $Shape = metadata.Partition.$Properties;
    }

    /**
     * Properties of a Topic.
     * @deprecated Use metadata.Topic.$Properties instead.
     */
    interface ITopic extends metadata.Topic.$Properties {
    }

    /** Represents a Topic. */
    class Topic {

        /**
         * Constructs a new Topic.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.Topic.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Topic name. */
        name: string;

        /** Topic topicId. */
        topicId: string;

        /** Topic configs. */
        configs: metadata.ConfigEntry.$Properties[];

        /** Topic partitions. */
        partitions: metadata.Partition.$Properties[];

        /**
         * Encodes the specified Topic message. Does not implicitly {@link metadata.Topic.verify|verify} messages.
         * @param message Topic message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.Topic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Topic message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.Topic & metadata.Topic.$Shape} Topic
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.Topic & metadata.Topic.$Shape;
    }

    namespace Topic {

        /** Properties of a Topic. */
        interface $Properties {

            /** Topic name */
            name?: (string|null);

            /** Topic topicId */
            topicId?: (string|null);

            /** Topic configs */
            configs?: (metadata.ConfigEntry.$Properties[]|null);

            /** Topic partitions */
            partitions?: (metadata.Partition.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Topic. */
        type $Shape = metadata.Topic.$Properties;
    }

    /**
     * Properties of a FeatureLevel.
     * @deprecated Use metadata.FeatureLevel.$Properties instead.
     */
    interface IFeatureLevel extends metadata.FeatureLevel.$Properties {
    }

    /** Represents a FeatureLevel. */
    class FeatureLevel {

        /**
         * Constructs a new FeatureLevel.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.FeatureLevel.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FeatureLevel name. */
        name: string;

        /** FeatureLevel level. */
        level: number;

        /**
         * Encodes the specified FeatureLevel message. Does not implicitly {@link metadata.FeatureLevel.verify|verify} messages.
         * @param message FeatureLevel message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.FeatureLevel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FeatureLevel message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.FeatureLevel & metadata.FeatureLevel.$Shape} FeatureLevel
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.FeatureLevel & metadata.FeatureLevel.$Shape;
    }

    namespace FeatureLevel {

        /** Properties of a FeatureLevel. */
        interface $Properties {

            /** FeatureLevel name */
            name?: (string|null);

            /** FeatureLevel level */
            level?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a FeatureLevel. */
        type $Shape = metadata.FeatureLevel.$Properties;
    }

    /**
     * Properties of a State.
     * @deprecated Use metadata.State.$Properties instead.
     */
    interface IState extends metadata.State.$Properties {
    }

    /** Represents a State. */
    class State {

        /**
         * Constructs a new State.
         * @param [properties] Properties to set
         */
        constructor(properties?: metadata.State.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** State format. */
        format: number;

        /** State version. */
        version: number;

        /** State nextProducerId. */
        nextProducerId: number;

        /** State featureLevels. */
        featureLevels: metadata.FeatureLevel.$Properties[];

        /** State clusterConfigs. */
        clusterConfigs: metadata.ConfigEntry.$Properties[];

        /** State brokers. */
        brokers: metadata.Broker.$Properties[];

        /** State topics. */
        topics: metadata.Topic.$Properties[];

        /**
         * Encodes the specified State message. Does not implicitly {@link metadata.State.verify|verify} messages.
         * @param message State message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: metadata.State.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a State message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {metadata.State & metadata.State.$Shape} State
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): metadata.State & metadata.State.$Shape;
    }

    namespace State {

        /** Properties of a State. */
        interface $Properties {

            /** State format */
            format?: (number|null);

            /** State version */
            version?: (number|null);

            /** State nextProducerId */
            nextProducerId?: (number|null);

            /** State featureLevels */
            featureLevels?: (metadata.FeatureLevel.$Properties[]|null);

            /** State clusterConfigs */
            clusterConfigs?: (metadata.ConfigEntry.$Properties[]|null);

            /** State brokers */
            brokers?: (metadata.Broker.$Properties[]|null);

            /** State topics */
            topics?: (metadata.Topic.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a State. */
        type $Shape = metadata.State.$Properties;
    }
}
